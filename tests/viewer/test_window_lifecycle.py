"""Trainee to attending, addendum, withdrawal, critical findings, users and the lock."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from testkit.reading_room import ReadingRoom

from engine.domain.past_reports import ReportQuery
from engine.domain.report import ReportStatus, Section
from engine.domain.study import StudyStatus
from engine.domain.user import Role
from engine.settings import load_settings
from viewer.actions import record
from viewer.dialogs.critical_result import CriticalResultSheet
from viewer.dialogs.lock import LockSheet
from viewer.dialogs.people import UsersSheet
from viewer.dialogs.sign import SignSheet
from viewer.dialogs.statement import StatementSheet

DEMO = "demo"


def add_user(room: ReadingRoom, name: str, role: Role) -> None:
    room.do("file.users")
    sheet = room.sheet(UsersSheet)
    sheet.name.setText(name)
    sheet.role.setCurrentIndex(sheet.role.findData(role))
    for field in (sheet.theirs, sheet.yours):
        field.setText(DEMO)
    sheet.go.click()
    room.wait(lambda: not sheet.isVisible())


def change_user(room: ReadingRoom, name: str) -> None:
    room.do("file.lock")
    sheet = room.sheet(LockSheet)
    sheet.user.setCurrentIndex(sheet.user.findData(name))
    sheet.passphrase.setText(DEMO)
    sheet.unlock.click()
    room.wait(lambda: not sheet.isVisible())
    assert room.view.banner.user.text() == name


def reviewed(room: ReadingRoom) -> None:
    room.draft()
    for sentence in room.report.sentences:
        room.desk.report.accept(sentence.id)


def sign(room: ReadingRoom, command: str) -> SignSheet:
    room.do(command)
    sheet = room.sheet(SignSheet)
    sheet.passphrase.setText(DEMO)
    sheet.sign.click()
    return sheet


def lists(room, status):
    """The list has the same words as the banner; "Signed" finds an addended report too."""
    library = room.desk.library
    is_signed = status is ReportStatus.ADDENDED
    wanted = StudyStatus.ADDENDED if is_signed else StudyStatus.IN_REVIEW
    assert library.summary.status is wanted
    for found_by in (None, StudyStatus.SIGNED, None):
        rows = library.rows
        library.filter(found_by)
        room.wait(lambda rows=rows: library.rows is not rows)
        found = [row.status for row in library.rows if row.uid == library.study.uid]
        assert found == ([wanted] if found_by is None or is_signed else [])


def test_from_trainee_to_attending_to_addendum_to_withdrawal(room: ReadingRoom) -> None:
    add_user(room, "Dr Trainee", Role.TRAINEE)
    add_user(room, "Dr Attending", Role.ATTENDING)
    change_user(room, "Dr Trainee")
    reviewed(room)
    sheet = sign(room, "report.sign")
    room.wait(lambda: "trainee" in sheet.problem.text())
    sheet.cancel.click()
    sheet = sign(room, "report.sign_preliminary")
    room.wait(lambda: room.report.status is ReportStatus.PRELIMINARY)
    assert room.view.banner.status.text() == "Preliminary"
    assert "Preliminary by Dr Trainee" in room.view.report.footer.message.text()

    change_user(room, "Dr Attending")
    first = room.report.sentences[0]
    room.desk.report.set_text(first.id, "The heart is enlarged.")
    sign(room, "report.sign")
    room.wait(lambda: room.report.status is ReportStatus.FINAL)
    assert room.report.signature is not None
    assert room.report.signature.signer == "Dr Attending"

    for command, words, status in (
        ("report.addendum", "Old films came.", ReportStatus.ADDENDED),
        ("report.withdraw", "Wrong patient.", ReportStatus.WITHDRAWN),
    ):
        room.do(command)
        statement = room.sheet(StatementSheet)
        assert not statement.sign.isEnabled()
        statement.words.setPlainText(words)
        statement.passphrase.setText("wrong")
        statement.sign.click()
        room.wait(statement.problem.isVisible)
        statement.passphrase.setText(DEMO)
        statement.sign.click()
        room.wait(lambda status=status: room.report.status is status)
        assert words in room.view.report.additions.text
        lists(room, status)
    assert room.view.banner.status.text() == "Withdrawn"
    assert "Withdrawn by Dr Attending" in room.view.report.footer.message.text()
    assert not room.window.registry.action("report.addendum").isEnabled()
    assert not room.window.registry.action("report.sign").isEnabled()
    read_the_record(room, first.text)
    begin_anew(room)


def read_the_record(room: ReadingRoom, reworded: str) -> None:
    """Who did what when, and what the attending changed of the trainee's text."""
    room.do("report.revisions")
    card = room.view.past_report
    room.wait(card.isVisible)
    assert card.pages.currentWidget() is card.revisions
    shown = card.revisions.text
    steps = ("Withdrawn: Wrong patient.", "Addendum: Old films came.", "Signed: ", "preliminary: ")
    assert [shown.index(step) for step in steps] == sorted(shown.index(step) for step in steps)
    for name in ("Dr Trainee", "Dr Attending"):
        assert name in shown
    card.tabs[2].click()
    assert card.pages.currentWidget() is card.preliminary
    for words in (reworded.rsplit(maxsplit=1)[-1], "The heart is enlarged.", "reworded"):
        assert words in card.preliminary.text
    card.close_card.click()


def begin_anew(room: ReadingRoom) -> None:
    """A withdrawn report makes room for another one and stays findable."""
    gone = room.report.id
    room.do("report.begin_anew")
    room.wait(lambda: room.desk.report.report is not None and room.report.id != gone)
    assert room.report.sentences == ()
    room.desk.report.add(Section.FINDINGS, "Other words.")
    room.do("report.save")
    room.wait(lambda: room.report.revision == 1)
    assert not room.window.registry.action("report.begin_anew").isEnabled()
    past = room.desk.workspace.past_reports
    for words in ("Other", "enlarged"):
        assert {row.id for row in past.find(ReportQuery(text=words))} >= {gone}
    assert {row.status for row in past.find(ReportQuery(study_uid=room.report.study_uid))} == {
        ReportStatus.WITHDRAWN,
        ReportStatus.DRAFT,
    }


def test_a_critical_finding_is_kept_and_shown_the_next_time(room: ReadingRoom) -> None:
    reviewed(room)
    room.do("report.told")
    sheet = room.sheet(CriticalResultSheet)
    sheet.finding.setText("Tension pneumothorax")
    assert not sheet.keep.isEnabled()
    sheet.who.setText("Dr Ward")
    sheet.keep.click()
    room.wait(lambda: not sheet.isVisible())
    signing = room.desk.workspace.reporting.signing
    assert [c.told for c in signing.communications(room.report.id)] == ["Dr Ward"]
    room.do("report.told")
    assert room.sheet(CriticalResultSheet) is not sheet
    room.sheet(CriticalResultSheet).reject()


def test_r25_the_lock_saves_hides_and_stays_until_the_passphrase_fits(room: ReadingRoom) -> None:
    reviewed(room)
    sentence = room.report.sentences[0].id
    room.desk.report.set_text(sentence, "Half a sentence")
    room.do("report.told")
    under = room.sheet(CriticalResultSheet)
    room.view._idle.idled.emit()
    sheet = room.sheet(LockSheet)
    assert not room.desk.report.has_unsaved
    assert not under.isVisible()
    veil = room.window.grab().toImage()
    colours = {veil.pixelColor(x, y).name() for x in range(9, 1900, 90) for y in range(9, 1000, 60)}
    assert colours == {"#000000"}
    room.press(Qt.Key.Key_Escape)
    sheet.passphrase.setText("wrong")
    sheet.unlock.click()
    room.wait(sheet.problem.isVisible)
    assert QApplication.activeModalWidget() is sheet
    sheet.passphrase.setText(DEMO)
    sheet.unlock.click()
    room.wait(lambda: not sheet.isVisible())
    assert under.isVisible()
    under.reject()
    assert room.report.sentence(sentence).text == "Half a sentence"


def test_the_next_study_opens_after_signing_if_that_was_chosen(room: ReadingRoom) -> None:
    library, preferences = room.desk.library, room.context.preferences
    first, following = (row.uid for row in library.rows[:2])
    room.show_study(first)
    room.do("report.advance")
    room.wait(lambda: preferences.advance and load_settings().advance)
    assert room.window.registry.action("report.advance").isChecked()
    room.desk.report.add(Section.FINDINGS, "Clear.")
    sheet = sign(room, "report.sign")
    room.wait(lambda: not sheet.isVisible())
    room.wait(lambda: library.study is not None and library.study.uid == following)
    room.wait(lambda: room.desk.report.report is not None)
    room.show_study(library.rows[-1].uid)
    room.desk.report.add(Section.FINDINGS, "Clear.")
    sheet = sign(room, "report.sign")
    room.wait(lambda: any("last study" in notice.sentence for notice in room.notices))
    assert library.study.uid == library.rows[-1].uid


def test_a_signed_report_has_its_next_steps_as_buttons_and_escape_keeps_what_was_typed(
    room: ReadingRoom,
) -> None:
    footer = room.view.report.footer
    room.desk.report.add(Section.FINDINGS, "No effusion.")
    room.desk.report.add(Section.IMPRESSION, "Normal chest.")
    assert not footer.after.isVisible()
    room.desk.report.sign(DEMO, "author", lambda: None, room.desk.notices.tell)
    room.wait(lambda: room.report.status is ReportStatus.FINAL)
    room.wait(footer.after.isVisible)
    footer.after_buttons[record.ADDENDUM].click()
    sheet = room.sheet(StatementSheet)
    sheet.words.setPlainText("The left base was looked at again.")
    for is_asked in (True, False, True):
        room.press(Qt.Key.Key_Escape)
        assert sheet.isVisible()
        assert sheet._question.isVisible() is is_asked
    assert sheet.words.toPlainText() == "The left base was looked at again."
    sheet._question.discard.click()
    room.wait(lambda: not sheet.isVisible())
    footer.after_buttons[record.TOLD].click()
    told = room.sheet(CriticalResultSheet)
    assert not [w for w in room.window.findChildren(QWidget) if type(w).__name__ == "_Scrim"]
    room.press(Qt.Key.Key_Escape)
    room.wait(lambda: not told.isVisible())
    footer.after_buttons[record.TOLD].click()
    told = room.sheet(CriticalResultSheet)
    room.type("Left tension pneumothorax")
    room.press(Qt.Key.Key_Escape)
    assert told.isVisible()
    assert told.finding.text() == "Left tension pneumothorax"
    told._question.discard.click()
