"""Every dialog of the viewer with fixed values, by name, for tests that look at all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

from PySide6.QtTest import QTest

from engine.domain.analytics import FindingFate, ReviewRecord, summary_of
from engine.domain.audit import FIRST_LINK, AuditAction, AuditEvent
from engine.domain.bundle import BundleManifest, DecodingSpec, ModelShape, PreprocessSpec
from engine.domain.critical import CriticalCommunication, Means, Urgency
from engine.domain.header import HeaderElement
from engine.domain.model_pack import INSTALLED, ModelPack, ModelTrial
from engine.domain.model_status import ModelStatus
from engine.domain.model_watch import Band, ModelWatch, WatchedFinding, WatchedMonth
from engine.domain.mouse import MouseHabits, MouseProfile
from engine.domain.order import Order
from engine.domain.order_matching import KnownOrder
from engine.domain.progress import CancelToken, Progress
from engine.domain.study import Patient, SkippedFile, StudyStatus, StudySummary, StudyUid, View
from engine.domain.urgency import Moment, OrderPriority
from engine.domain.user import Role, User
from engine.errors import WrongPassphraseError
from engine.services.database_check import DatabaseCheck
from engine.services.restoring import RestorePreview
from engine.storage.losses import Losses, LostReport
from testkit.report_documents import NOW, drafted_report, report_of, study_of
from viewer.actions import report
from viewer.app_context import AppContext
from viewer.desk import Desk
from viewer.dialogs.about import About, Licences
from viewer.dialogs.anonymous_films import AnonymousFilmsSheet
from viewer.dialogs.audit_trail import AuditTrailSheet
from viewer.dialogs.certificate import CertificateSheet
from viewer.dialogs.critical_result import CriticalResultSheet
from viewer.dialogs.database_check import CheckDatabase, DatabaseCheckSheet
from viewer.dialogs.edit_keys import EditKeys
from viewer.dialogs.first_start import FirstStart
from viewer.dialogs.folders import FoldersSheet
from viewer.dialogs.header_browser import HeaderBrowser
from viewer.dialogs.letterhead import LetterheadSheet
from viewer.dialogs.lock import LockAfterSheet, LockSheet
from viewer.dialogs.macros import MacrosSheet
from viewer.dialogs.millimetres import CalibrateSheet, MeasureScreen
from viewer.dialogs.model_watch import ModelWatchSheet
from viewer.dialogs.models import ModelsSheet
from viewer.dialogs.mouse import MouseSheet
from viewer.dialogs.orders import OrdersSheet
from viewer.dialogs.own_figures import OwnFigures
from viewer.dialogs.people import PassphraseSheet, UsersSheet
from viewer.dialogs.questions import Redraft, Unsaved
from viewer.dialogs.recovery import NewRecoveryKey, RecoveryKeySheet
from viewer.dialogs.restore import RestoreSheet
from viewer.dialogs.scan import SkippedFiles, ZipPassword
from viewer.dialogs.sheet import Sheet
from viewer.dialogs.shortcut_sheet import ShortcutSheet
from viewer.dialogs.sign import SignSheet
from viewer.dialogs.statement import StatementSheet
from viewer.main_window import MainWindow
from viewer.state.about import Part
from viewer.state.orders import OrdersOverview
from viewer.state.preferences import Folders

MISSING = ModelStatus(
    bundle="", provider="", is_ready=False, message="The model's files are missing."
)
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Núñez Åberg, Matías Adolfo Hubert Blaine"
WORKSPACE = Path("/home/reader/.local/share/Negatoscope/workspace")
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
COMMUNICATION = CriticalCommunication(
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
        FindingFate(category="Pleural Effusion", was_drafted=True, is_kept=True, fate="accepted"),
        FindingFate(
            category="Enlarged Cardiomediastinum", was_drafted=True, is_kept=False, fate="rejected"
        ),
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


WATCH = ModelWatch(
    model="cmcrl 0.3",
    months=(
        WatchedMonth(month="2026-01", reports=90, accepted=250, edited=60, rejected=40, added=31),
        WatchedMonth(
            month="2026-02",
            reports=70,
            accepted=201,
            edited=45,
            rejected=34,
            added=25,
            band=Band(low=170, high=226),
        ),
        WatchedMonth(
            month="2026-03",
            reports=75,
            accepted=130,
            edited=60,
            rejected=110,
            added=60,
            band=Band(low=182, high=243),
        ),
    ),
    findings=(
        WatchedFinding(
            category="Cardiomegaly",
            accepted=40,
            edited=4,
            rejected=22,
            kept=44,
            added=12,
            outside=("2026-03",),
        ),
        WatchedFinding(
            category="Pleural Effusion", accepted=18, edited=3, rejected=4, kept=20, added=31
        ),
    ),
)
ORDER = Order(
    patient=Patient(patient_id="17", name=LONG_NAME, birth_date=date(1957, 4, 12), sex="M"),
    accession="A-2026-000017",
    procedure="Chest PA and lateral",
    priority=OrderPriority.STAT,
    scheduled=Moment(day=date(2026, 3, 18), clock=time(10)),
    due=Moment(day=date(2026, 3, 18), clock=time(12, 30)),
)
LATER = Order(
    patient=Patient(patient_id="18", name="Weber, Jo", birth_date=None, sex=""),
    placer="P18",
    procedure="Chest bedside",
    sent=Moment(day=date(2026, 3, 17)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """What dialogs need: a window, and a desk that has read nothing yet."""

    context: AppContext
    desk: Desk
    window: MainWindow


def _orders(on: Backdrop) -> Sheet:
    overview = OrdersOverview(
        without_films=(KnownOrder(id=1, order=ORDER), KnownOrder(id=2, order=LATER)),
        without_orders=(
            StudySummary(
                uid=StudyUid("1.2.3"),
                patient=study_of().patient,
                study_date=date(2026, 3, 18),
                study_time=time(9, 15),
                description="Chest bedside",
                accession="",
                image_count=1,
                status=StudyStatus.NEW,
                views=(View.FRONTAL,),
                modalities=("DX",),
            ),
        ),
        refused=(SkippedFile(name="/srv/orders/0017.hl7", reason="It holds no HL7 message."),),
    )
    return OrdersSheet(on.desk, lambda came: came(overview), on.window)


def _keys(on: Backdrop) -> Sheet:
    return ShortcutSheet((*on.window.registry.commands(), *report.REVIEW_COMMANDS), on.window)


def _edit_keys(on: Backdrop) -> Sheet:
    sheet = EditKeys(on.window.registry, on.context.preferences, on.window)
    sheet.choose("layout.prior")
    return sheet


def _first_start(on: Backdrop) -> Sheet:
    return FirstStart(on.context.session, WORKSPACE, has_workspace=False, parent=on.window)


def _open_workspace(on: Backdrop) -> Sheet:
    return FirstStart(on.context.session, WORKSPACE, has_workspace=True, parent=on.window)


def _restore(on: Backdrop) -> Sheet:
    lost = [
        LostReport(
            report_id="r",
            changed=None,  # said in local time, which pictures must not depend on
            patient="Byron, Ada",
            study_date="2026-03-18",
            is_signed=True,
            is_new=is_new,
        )
        for is_new in (True, False)
    ]
    found = Losses(reports=tuple(lost), drafts=2, is_complete=True)
    sheet = RestoreSheet(on.context.session, WORKSPACE, "", on.window)
    sheet.passphrase.setText("five words")
    sheet.show_losses(RestorePreview(backup=Path("b.db"), made=NOW, losses=found))
    return sheet


def _sign(on: Backdrop) -> Sheet:
    return SignSheet(on.desk.report, study_of(), drafted_report(), on.window)


def _sign_preliminary(on: Backdrop) -> Sheet:
    return SignSheet(
        on.desk.report,
        study_of(LONG_NAME),
        drafted_report(),
        on.window,
        is_preliminary=True,
    )


def _about(on: Backdrop) -> Sheet:
    return About(PARTS, MISSING, on.window)


def _redraft(on: Backdrop) -> Sheet:
    return Redraft(on.window)


def _calibrate(on: Backdrop) -> Sheet:
    sheet = CalibrateSheet("104.3 px", on.window)
    sheet.field.setText("25.0")
    return sheet


def _own_mouse(on: Backdrop) -> Sheet:
    return MouseSheet(MouseHabits(profile=MouseProfile.OWN), on.window)


def _lock_failed(on: Backdrop) -> Sheet:
    def refuse(_name: str, _secret: str, _done: object, failed: Callable[..., None]) -> None:
        failed(WrongPassphraseError("This passphrase does not open the workspace."))

    sheet = LockSheet(USERS, "Jo Weber", refuse, on.window)
    sheet.show_kept()
    sheet.passphrase.setText("no")
    sheet.unlock.click()
    return sheet


def _critical_result(on: Backdrop) -> Sheet:
    return CriticalResultSheet(
        study_of(), report_of(), "Dr Ada Byron", (COMMUNICATION,), _nothing, on.window
    )


def _addendum(on: Backdrop) -> Sheet:
    return StatementSheet("Sign addendum", "Addendum", study_of(), _nothing, on.window)


def _licences(on: Backdrop) -> Sheet:
    texts = (("Apache License 2.0: the program", "The words.\n" * 30), ("OFL: Inter", ""))
    return Licences(texts, on.window)


def _zip_refused(on: Backdrop) -> Sheet:
    archive = Path("/media/films-of-march.zip")
    return ZipPassword(on.desk.library, archive, on.window, was_wrong=True)


def _audit_trail(on: Backdrop) -> Sheet:
    signed = {"meaning": "I am the author of this report.", "revision": 2, "role": "attending"}
    events = (
        (AuditAction.TRAIL_READ, "", {}),
        (AuditAction.REPORT_SIGNED, "6f1c0d5e", signed),
        (AuditAction.STUDY_OPENED, "1.2.826.0.1.3680043.9.1", {}),
    )
    entries = tuple(
        AuditEvent(
            sequence=412 - index,
            at=NOW,
            actor=USERS[index].name,
            action=action,
            subject=subject,
            details=details,
            previous=FIRST_LINK,
        )
        for index, (action, subject, details) in enumerate(events)
    )
    return AuditTrailSheet(lambda _words, came, _failed: came(entries), _nothing, on.window)


def _letterhead(on: Backdrop) -> Sheet:
    sheet = LetterheadSheet(on.context.preferences, on.window)
    sheet.institution.setText("St. Example Hospital, Radiology")
    sheet.lines.setPlainText("Example Road 1\nLondon")
    # Without words the head of the letter is an empty strip.
    while sheet.preview.picture.height() < 80:
        QTest.qWait(20)
    return sheet


def _checking(on: Backdrop) -> Sheet:
    def begin(progressed: Callable[[Progress], None], *_answers: object) -> CancelToken:
        progressed(Progress(done=120, total=400, message="Audit trail"))
        return CancelToken()

    return DatabaseCheckSheet(begin, on.window)


def _checked(*problems: str) -> CheckDatabase:
    def begin(
        _progressed: object, came: Callable[[DatabaseCheck], None], _failed: object
    ) -> CancelToken:
        came(DatabaseCheck(checks=("Pages", "Audit trail"), problems=problems))
        return CancelToken()

    return begin


def _manifest(bundle_id: str, version: str) -> BundleManifest:
    sizes = {"width": 8, "heads": 2, "decoder_layers": 2, "mediator_tokens": 4, "grid": 2}
    return BundleManifest(
        format_version=2,
        bundle_id=bundle_id,
        version=version,
        created="2026-01-01T00:00:00+00:00",
        ldm="causal",
        licence="Research use only, non-commercial. Not a medical device.",
        intended_use="Draft findings of adult chest films; a radiologist checks every sentence.",
        shape=ModelShape(**sizes, views=(1, 2), vocabulary_rows=763),
        preprocess=PreprocessSpec(),
        decoding=DecodingSpec(),
        files=(),
    )


class _FixedOrders:
    """Folders of which the one for orders is fixed for the computer."""

    folders = Folders(
        inbox_folders=("/mnt/x-ray/room-1", "/mnt/x-ray/room-2"),
        orders_folder="/mnt/ris/orders",
        outbox_folder="/mnt/ris/results",
    )

    def is_fixed(self, name: str) -> bool:
        return name == "orders_folder"


class _ModelCalls:
    """Two models, the second just imported."""

    def read(self, came: Callable[[tuple[ModelPack, ...]], None]) -> None:
        trial = ModelTrial(studies=8, sentences=41, understood=41, distinct=8, seconds=0.9)
        came(
            (
                ModelPack(
                    name=INSTALLED,
                    manifest=_manifest("cmcrl", "0.3"),
                    sha256="9b" * 32,
                    is_used=True,
                ),
                ModelPack(
                    name="cmcrl-l-1.0",
                    manifest=_manifest("cmcrl-l", "1.0"),
                    sha256="4e" * 32,
                    is_former=True,
                    trial=trial,
                ),
            )
        )

    def take_in(self, *_answers: object) -> CancelToken:
        return CancelToken()

    use = back = lambda *_answers: None


def _models(on: Backdrop) -> Sheet:
    return ModelsSheet(_ModelCalls(), lambda: None, on.window)


def _nothing(*_answers: object) -> None:
    """A callback that ignores the dialog's result."""


SHEETS: dict[str, Callable[[Backdrop], Sheet]] = {
    "keys": _keys,
    "edit-keys": _edit_keys,
    "first-start": _first_start,
    "open-workspace": _open_workspace,
    "restore": _restore,
    "sign": _sign,
    "sign-preliminary": _sign_preliminary,
    "about": _about,
    "licences": _licences,
    "redraft": _redraft,
    "calibrate": _calibrate,
    "measure-screen": lambda d: MeasureScreen(d.window),
    "mouse": lambda d: MouseSheet(MouseHabits(), d.window),
    "mouse-own": _own_mouse,
    "films-without-identity": lambda d: AnonymousFilmsSheet(study_of(), _nothing, d.window),
    "header": lambda d: HeaderBrowser(ELEMENTS, "Frontal PA", d.window),
    "skipped": lambda d: SkippedFiles(SKIPPED, d.window),
    "zip-password": _zip_refused,
    "lock": _lock_failed,
    "letterhead": _letterhead,
    "folders": lambda d: FoldersSheet(_FixedOrders(), is_demo=False, parent=d.window),
    "lock-after": lambda d: LockAfterSheet(d.context.preferences, is_demo=True, parent=d.window),
    "users": lambda d: UsersSheet(USERS, _nothing, d.window),
    "passphrase": lambda d: PassphraseSheet(_nothing, d.window),
    "recovery-key": lambda d: RecoveryKeySheet("ABCDE-FGHIJ-KLMNO-PQRST-UVWXY", d.window),
    "recovery-new": lambda d: NewRecoveryKey(_nothing, _nothing, d.window),
    "certificate": lambda d: CertificateSheet(_nothing, d.window),
    "macros": lambda d: MacrosSheet(d.desk.writing, d.window.registry, d.window),
    "orders": _orders,
    "figures": lambda d: OwnFigures(summary_of((REVIEWED, ALONE)), lambda: None, d.window),
    "figures-none": lambda d: OwnFigures(summary_of(()), lambda: None, d.window),
    "models": _models,
    "model-watch": lambda d: ModelWatchSheet((WATCH,), d.window),
    "audit-trail": _audit_trail,
    "checking": _checking,
    "checked": lambda d: DatabaseCheckSheet(_checked(), d.window),
    "checked-wrong": lambda d: DatabaseCheckSheet(
        _checked("Entry 7 of the audit trail was changed."), d.window
    ),
    "told": _critical_result,
    "addendum": _addendum,
    "unsaved": lambda d: Unsaved("The disk is full.", d.window),
}
