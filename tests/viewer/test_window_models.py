"""Models at the window: a pack is imported, used and taken back; what readers made of drafts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from testkit.reading_room import ReadingRoom
from testkit.tiny_bundle import write_tiny_bundle

from engine.domain.user import Role, User
from engine.inference.manifest import write_manifest
from engine.inference.pack import write_pack
from viewer.dialogs.lock import LockSheet
from viewer.dialogs.model_watch import ModelWatchSheet
from viewer.dialogs.models import ModelsSheet
from viewer.widgets.bar_chart import BarChart


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack that the file dialog names."""
    manifest = write_tiny_bundle(tmp_path / "made", says="no pleural effusion .")
    write_manifest(tmp_path / "made", replace(manifest, version="1.0"))
    write_pack(tmp_path / "made", tmp_path / "model.zip")
    chosen = (str(tmp_path / "model.zip"), "")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: chosen)
    return tmp_path / "model.zip"


def test_a_pack_is_imported_used_and_taken_back(room: ReadingRoom, pack: Path) -> None:
    room.do("file.models")
    sheet = room.sheet(ModelsSheet)
    room.wait(lambda: sheet.table.topLevelItemCount() == 1)
    assert not sheet.use.isEnabled()
    assert not sheet.back.isEnabled()
    sheet.take_in.click()
    assert not sheet.take_in.isEnabled()
    room.wait(lambda: sheet.table.topLevelItemCount() == 2)
    assert sheet.problem.text() == "It wrote the same about all 8 demo studies."
    assert sheet.use.isEnabled()
    sheet.use.click()
    room.wait(lambda: room.context.session.model.bundle == "tiny 1.0")
    assert sheet.back.text() == "Go back to tiny 0.0"
    sheet.accept()

    room.draft()
    assert [sentence.text for sentence in room.report.sentences] == ["No pleural effusion."]

    room.do("file.models")
    sheet = room.sheet(ModelsSheet)
    room.wait(sheet.back.isEnabled)
    sheet.back.click()
    room.wait(lambda: room.context.session.model.bundle == "tiny 0.0")
    sheet.accept()


def test_a_damaged_pack_is_a_sentence_and_changes_nothing(room: ReadingRoom, pack: Path) -> None:
    pack.write_bytes(pack.read_bytes()[:2000])
    room.do("file.models")
    sheet = room.sheet(ModelsSheet)
    room.wait(lambda: sheet.table.topLevelItemCount() == 1)
    sheet.take_in.click()
    room.wait(lambda: sheet.problem.text() != "")
    assert sheet.problem.text().startswith("The model pack is damaged or incomplete.")
    assert sheet.take_in.isEnabled()
    assert sheet.table.topLevelItemCount() == 1
    sheet.accept()


def test_the_models_figures_are_an_administrators(room: ReadingRoom) -> None:
    room.draft()
    first, second, *_others = room.report.sentences
    room.desk.report.accept(first.id)
    room.desk.report.reject(second.id, "not there")
    room.do("file.model_watch")
    sheet = room.sheet(ModelWatchSheet)
    (chart, *_) = sheet.findChildren(BarChart)
    assert "1 of 2, 1 rejected" in chart.accessibleDescription()
    sheet.accept()

    trainee = User(name="Jo Weber", role=Role.TRAINEE)
    room.desk.workspace.access.add_user(trainee, "", passphrase="demo")
    room.context.session.set_users(room.desk.workspace.access.users())
    room.do("file.lock")
    lock = room.sheet(LockSheet)
    lock.user.setCurrentIndex(lock.user.findData(trainee.name))
    lock.passphrase.setText("demo")
    lock.unlock.click()
    room.wait(lambda: not lock.isVisible())
    room.do("file.model_watch")
    room.wait(lambda: any("may not look after the model" in str(n) for n in room.notices))
