"""Every sheet of the viewer on fixed values, by name, for tests that look at all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.domain.analytics import FindingFate, ReviewRecord, summary_of
from engine.domain.critical import CriticalCommunication, Means, Urgency
from engine.domain.header import HeaderElement
from engine.domain.model_status import ModelStatus
from engine.domain.mouse import MouseHabits, MouseProfile
from engine.domain.study import SkippedFile
from engine.domain.user import Role, User
from engine.errors import WrongPassphraseError
from testkit.report_documents import NOW, drafted_report, report_of, study_of
from viewer.actions import report
from viewer.app_context import AppContext
from viewer.dialogs.about import About
from viewer.dialogs.calibrate import CalibrateSheet
from viewer.dialogs.certificate import CertificateSheet
from viewer.dialogs.edit_keys import EditKeys
from viewer.dialogs.first_start import FirstStart
from viewer.dialogs.header_browser import HeaderBrowser
from viewer.dialogs.licences import Licences
from viewer.dialogs.lock import LockSheet
from viewer.dialogs.lock_after import LockAfterSheet
from viewer.dialogs.macros import MacrosSheet
from viewer.dialogs.measure_screen import MeasureScreen
from viewer.dialogs.mouse import MouseSheet
from viewer.dialogs.own_figures import OwnFigures
from viewer.dialogs.people import PassphraseSheet, UsersSheet
from viewer.dialogs.sheet import Sheet
from viewer.dialogs.shortcut_sheet import ShortcutSheet
from viewer.dialogs.sign import SignSheet
from viewer.dialogs.skipped_files import SkippedFiles
from viewer.dialogs.statement import StatementSheet
from viewer.dialogs.told import ToldSheet
from viewer.dialogs.unsaved import Unsaved
from viewer.dialogs.zip_password import ZipPassword
from viewer.main_window import MainWindow
from viewer.state.about import Part

MISSING = ModelStatus(
    bundle="", provider="", is_ready=False, message="The model's files are missing."
)
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Núñez Åberg, Matías Adolfo Hubert Blaine"
PLACE = Path("/home/reader/.local/share/Negatoscope/workspace")
USERS = (
    User(name="Dr Ada Byron", role=Role.ADMINISTRATOR),
    User(name="Dr Grace Kim-Okonkwo", role=Role.ATTENDING),
    User(name="Jo Weber", role=Role.TRAINEE),
)
PARTS = (
    Part(name="Negatoscope", version="from source", licence="Apache-2.0"),
    Part(name="Qt for Python", version="6.11.0", licence="LGPL-3.0-only OR GPL-2.0-only"),
    Part(name="pydicom", version="3.0.2", licence="MIT"),
    Part(name="SQLAlchemy", version="2.1.0", licence="MIT"),
)
ELEMENTS = (
    HeaderElement(tag="(0008,0060)", name="Modality", vr="CS", value="DX"),
    HeaderElement(tag="(0008,1140)", name="Referenced Image Sequence", vr="SQ", value="1 item"),
    HeaderElement(
        tag="(0008,1155)", name="Referenced SOP Instance UID", vr="UI", value="1.2.3.4.5", depth=1
    ),
    HeaderElement(
        tag="(0018,1400)",
        name="Acquisition Device Processing Description",
        vr="LO",
        value="CHEST PA, grid, 125 kV, " * 6,
    ),
    HeaderElement(tag="(0028,0010)", name="Rows", vr="US", value="2500"),
)
SKIPPED = (
    SkippedFile(name="/media/cd/AUTORUN.INF", reason="It is not a DICOM file."),
    SkippedFile(
        name="/media/cd/DICOM/a-very-long-folder-name/another-long-folder-name/IM000017",
        reason="The film is cut short: 40 % of its pixels are missing.",
    ),
)
TOLD = CriticalCommunication(
    report_id=report_of().id,
    finding="Left tension pneumothorax",
    told="Dr Vega, emergency",
    told_at=NOW,
    means=Means.TELEPHONE,
    urgency=Urgency.MINUTES,
    read_back=True,
    recorded_by="Dr Ada Byron",
    recorded_at=NOW,
)
REVIEWED = ReviewRecord(
    day=date(2026, 3, 18),
    model="cmcrl 0.3",
    views="frontal lateral",
    age_band="60-69",
    accepted=4,
    edited=2,
    rejected=3,
    added=1,
    flipped=1,
    reasons=("not seen", "not seen", ""),
    seconds=94.0,
    edit_share=0.3,
    findings=(
        FindingFate(category="Pleural Effusion", was_drafted=True, is_kept=True),
        FindingFate(category="Enlarged Cardiomediastinum", was_drafted=True, is_kept=False),
    ),
)
ALONE = ReviewRecord(
    day=date(2026, 3, 19),
    model="",
    views="frontal",
    age_band="",
    accepted=0,
    edited=0,
    rejected=0,
    added=6,
    flipped=0,
    reasons=(),
    seconds=130.0,
    edit_share=None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What sheets are made of: a window without a workspace."""

    context: AppContext
    window: MainWindow


def _keys(desk: Desk) -> Sheet:
    return ShortcutSheet((*desk.window.registry.commands(), *report.REVIEW_COMMANDS), desk.window)


def _edit_keys(desk: Desk) -> Sheet:
    sheet = EditKeys(desk.window.registry, desk.context.preferences, desk.window)
    sheet.choose("layout.prior")
    return sheet


def _first_start(desk: Desk) -> Sheet:
    return FirstStart(desk.context.session, PLACE, has_workspace=False, parent=desk.window)


def _open_workspace(desk: Desk) -> Sheet:
    return FirstStart(desk.context.session, PLACE, has_workspace=True, parent=desk.window)


def _sign(desk: Desk) -> Sheet:
    return SignSheet(desk.context.report, study_of(), drafted_report(), desk.window)


def _sign_preliminary(desk: Desk) -> Sheet:
    return SignSheet(
        desk.context.report,
        study_of(LONG_NAME),
        drafted_report(),
        desk.window,
        is_preliminary=True,
    )


def _about(desk: Desk) -> Sheet:
    return About(PARTS, MISSING, desk.window)


def _calibrate(desk: Desk) -> Sheet:
    sheet = CalibrateSheet("104.3 px", desk.window)
    sheet.field.setText("25.0")
    return sheet


def _own_mouse(desk: Desk) -> Sheet:
    return MouseSheet(MouseHabits(profile=MouseProfile.OWN), desk.window)


def _lock_failed(desk: Desk) -> Sheet:
    def refuse(_name: str, _secret: str, _done: object, failed: Callable[..., None]) -> None:
        failed(WrongPassphraseError("This passphrase does not open the workspace."))

    sheet = LockSheet(USERS, "Jo Weber", refuse, desk.window)
    sheet.passphrase.setText("no")
    sheet.unlock.click()
    return sheet


def _told(desk: Desk) -> Sheet:
    return ToldSheet(study_of(), report_of(), "Dr Ada Byron", (TOLD,), _nothing, desk.window)


def _addendum(desk: Desk) -> Sheet:
    return StatementSheet("Add an addendum", "Addendum", study_of(), _nothing, desk.window)


def _licences(desk: Desk) -> Sheet:
    texts = (("Apache License 2.0: the program", "The words.\n" * 30), ("OFL: Inter", ""))
    return Licences(texts, desk.window)


def _zip_refused(desk: Desk) -> Sheet:
    archive = Path("/media/films-of-march.zip")
    return ZipPassword(desk.context.library, archive, desk.window, was_wrong=True)


def _nothing(*_answers: object) -> None:
    """What a sheet does with its answer, in a test that only looks."""


SHEETS: dict[str, Callable[[Desk], Sheet]] = {
    "keys": _keys,
    "edit-keys": _edit_keys,
    "first-start": _first_start,
    "open-workspace": _open_workspace,
    "sign": _sign,
    "sign-preliminary": _sign_preliminary,
    "about": _about,
    "licences": _licences,
    "calibrate": _calibrate,
    "measure-screen": lambda d: MeasureScreen(d.window),
    "mouse": lambda d: MouseSheet(MouseHabits(), d.window),
    "mouse-own": _own_mouse,
    "header": lambda d: HeaderBrowser(ELEMENTS, "Frontal PA", d.window),
    "skipped": lambda d: SkippedFiles(SKIPPED, d.window),
    "zip-password": _zip_refused,
    "lock": _lock_failed,
    "lock-after": lambda d: LockAfterSheet(d.context.preferences, is_demo=True, parent=d.window),
    "users": lambda d: UsersSheet(USERS, _nothing, d.window),
    "passphrase": lambda d: PassphraseSheet(_nothing, d.window),
    "certificate": lambda d: CertificateSheet(_nothing, d.window),
    "macros": lambda d: MacrosSheet(d.context.writing, d.window.registry, d.window),
    "figures": lambda d: OwnFigures(summary_of((REVIEWED, ALONE)), lambda: None, d.window),
    "figures-none": lambda d: OwnFigures(summary_of(()), lambda: None, d.window),
    "told": _told,
    "addendum": _addendum,
    "unsaved": lambda d: Unsaved("The disk is full.", d.window),
}
