"""The panels of an open desk: studies, films, report, and the connections between them.

Widths: at 1920 × 1080 the list takes 260 px and the report 480. Below a width of 1600 px the list
folds to a rail and the second film to a tab. On larger screens only the films grow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QSettings, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QMainWindow,
    QMenu,
    QSplitter,
    QWidget,
)

from engine.domain.study import SkippedFile, SopUid, StudyUid
from engine.imaging.window import WindowPreset
from viewer.actions import annotation, file, layout, report, tool, view
from viewer.actions.availability import Availability
from viewer.actions.registry import CommandRegistry
from viewer.canvas.film_text import measure_again
from viewer.desk import Desk
from viewer.dialogs.anonymous_films import AnonymousFilmsSheet
from viewer.dialogs.display import DisplaySheets
from viewer.dialogs.header_browser import HeaderBrowser
from viewer.dialogs.macros import MacrosSheet
from viewer.dialogs.millimetres import CalibrateSheet
from viewer.dialogs.orders import OrdersSheet
from viewer.dialogs.questions import Redraft
from viewer.dialogs.record import RecordSheets
from viewer.dialogs.scan import SkippedFiles, ZipPassword
from viewer.dialogs.sign_commands import SignCommands
from viewer.dialogs.workspace import WorkspaceSheets
from viewer.panels.annotation_commands import AnnotationCommands
from viewer.panels.banner import PatientBanner
from viewer.panels.dock import PanelDock
from viewer.panels.file_commands import FileCommands
from viewer.panels.film_area import FilmArea
from viewer.panels.film_commands import FilmCommands
from viewer.panels.flicker import Flicker
from viewer.panels.focus_mode import FocusMode
from viewer.panels.left_panel import LeftPanel
from viewer.panels.past_report import PastReportCard
from viewer.panels.presentation_commands import PresentationCommands
from viewer.panels.prior_document import PriorDocumentCard
from viewer.panels.ratio_command import RatioCommand
from viewer.panels.report import ReportPanel
from viewer.panels.status_line import StandingLine
from viewer.panels.views import ViewsPanel
from viewer.panels.writing_commands import WritingCommands
from viewer.state.idle import IdleWatch
from viewer.state.viewport import ViewportState
from viewer.theme.size import keep, px
from viewer.theme.tokens import Tokens

NARROW_BELOW = 1600
REPORT_WIDTH = 480
REPORT_SHARE = 0.462
"""Largest share of the window's width for the report: most of a small window goes to the film."""
TOOL_GROUPS = (
    ("tool.window", "tool.zoom", "tool.pan"),
    tool.MEASURING_BUTTONS,
    (*tool.POINTING_BUTTONS, annotation.KEY_IMAGE),
    (view.AUTO_WINDOW, view.INVERT),
    (view.ROTATE_LEFT, view.ROTATE_RIGHT, view.FLIP_HORIZONTAL, view.FLIP_VERTICAL),
    (view.FIT, view.ONE_TO_ONE, view.RESET),
    (layout.LINK, layout.FULL_SCREEN),
)
ANNOTATION_MENU = (annotation.TO_REPORT, annotation.CALIBRATE, annotation.DELETE)


class DeskView(QObject):
    """Builds the panels into the window and binds the commands to them.

    Args:
        desk: States to show.
        window: Takes docks and films; dialogs open over it.
        registry: With all commands added.
        tokens: Colours.
    """

    def __init__(
        self, desk: Desk, window: QMainWindow, registry: CommandRegistry, tokens: Tokens
    ) -> None:
        super().__init__(window)
        self.desk = desk
        self._window = window
        self._registry = registry
        self._tokens = tokens
        self.banner = PatientBanner(desk)
        self.standing = StandingLine(desk)
        self.views = ViewsPanel(desk, registry.action(view.LOUPE), tokens)
        self.flicker = Flicker(desk, self.views, registry.action(file.PRIOR), tokens)
        self.report = ReportPanel(desk)
        self.past_report = PastReportCard(desk)
        self.prior_document = PriorDocumentCard(desk)
        rail = (file.OPEN_FOLDER, file.PREVIOUS_STUDY, file.NEXT_STUDY)
        self.left = LeftPanel(desk, tokens, tuple(registry.action(each) for each in rail))
        self.film_area = FilmArea(desk, self.views)
        window.setCentralWidget(self.film_area)
        # Before docks get their widths: space that a folding list frees would go to the report.
        self._set_narrow(is_narrow=window.width() < px(NARROW_BELOW))
        self._add_docks()
        self._bind()
        self._availability = Availability(registry, desk)
        self._records = RecordSheets(registry, desk, window)
        self._workspace_sheets = WorkspaceSheets(registry, desk, window)
        self._idle = IdleWatch(window)
        self._connect()
        self._start_idle()
        self.views.active_view.setFocus()

    def restore(self, settings: QSettings) -> None:
        """Restore the layout of panels and films from the settings."""
        self.film_area.restore(settings)
        stored = settings.value("layout")
        if stored is not None:
            self._window.restoreState(stored)
            for dock in (self._left_dock, self._report_dock):
                dock.show()  # "films only" is for the moment, not for the next start

    def store(self, settings: QSettings) -> None:
        """Store the layout of panels and films."""
        settings.setValue("layout", self._window.saveState())
        self.film_area.store(settings)

    def follow_width(self, width_before: int) -> None:
        """Fold or unfold panels after a change of the window's width."""
        is_narrow = self._window.width() < px(NARROW_BELOW)
        if is_narrow is not (width_before < px(NARROW_BELOW)) or not self._window.isVisible():
            self._set_narrow(is_narrow=is_narrow)

    def come_back(self) -> None:
        """Bring back what floated on a monitor that is gone, when the window is shown."""
        self._set_narrow(is_narrow=self._window.width() < px(NARROW_BELOW))
        self._report_dock.come_back_if_lost()
        self.film_area.open_again()

    def _set_narrow(self, *, is_narrow: bool) -> None:
        self.left.set_narrow(is_narrow=is_narrow)
        self.film_area.set_narrow(is_narrow=is_narrow)

    def _add_docks(self) -> None:
        beside = QSplitter(Qt.Orientation.Vertical)
        beside.setChildrenCollapsible(False)
        beside.addWidget(self.past_report)
        beside.addWidget(self.prior_document)
        beside.addWidget(self.report)
        beside.setHandleWidth(1)
        beside.setStretchFactor(2, 2)
        keep(beside, least_width=400)
        self._left_dock = PanelDock("studies", "Studies", self.left, self._tokens, is_bare=True)
        self._report_dock = PanelDock("report", "Report", beside, self._tokens)
        self._window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self._left_dock)
        self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._report_dock)
        self._give_report_its_width()

    def _give_report_its_width(self) -> None:
        width = min(px(REPORT_WIDTH), int(REPORT_SHARE * self._window.width()))
        self._window.resizeDocks([self._report_dock], [width], Qt.Orientation.Horizontal)

    def follow_size(self) -> None:
        """Arrange the panels for another size of the interface."""
        self._set_narrow(is_narrow=self._window.width() < px(NARROW_BELOW))
        for rows in self._window.findChildren(QAbstractItemView):
            rows.doItemsLayout()
        measure_again()
        for part in self.views.findChildren(QWidget):
            part.update()
        # The docks take their new least widths one turn later.
        QTimer.singleShot(0, self, self._give_report_its_width)

    def _bind(self) -> None:
        desk, views, window, bind = self.desk, self.views, self._window, self._registry.bind
        self._registry.set_image_area(self.views)
        view.bind_view(self._registry, lambda: self.views.active)
        tool.bind_tools(self._registry, self.views.tool)
        self._annotations = AnnotationCommands(
            self._registry, desk, lambda: self.views.active, self.views.sentence_of, self
        )
        self._ratio = RatioCommand(self._registry, desk, views, self)
        bind(view.RESET, self._escape_from_film)
        bind(view.MODEL_EYE, self.views.toggle_model_eye)
        bind(view.LOUPE, self.views.toggle_loupe)
        bind(annotation.NEXT, self.views.select_annotation)
        bind(annotation.NEXT_POINT, self.views.select_handle)
        bind(file.NEXT_STUDY, lambda: desk.open_neighbour(1))
        bind(file.PREVIOUS_STUDY, lambda: desk.open_neighbour(-1))
        bind(file.OFF_LIST, desk.take_open_study_off_list)
        bind(file.FIND, lambda: self._beside_films(self.left.show_studies))
        bind(file.PAST_REPORTS, lambda: self._beside_films(self.left.show_history))
        bind(report.DRAFT, desk.ask_for_draft)
        bind(report.STOP_DRAFT, desk.job.cancel)
        bind(report.UNDO, desk.undo.undo)
        bind(report.REDO, desk.undo.redo)
        bind(report.SAVE, desk.report.save)
        self._signing = SignCommands(self._registry, desk, self.report.go_on, window)
        bind(report.NEXT_OPEN, lambda: self._beside_films(self.report.go_on))
        bind(report.SWITCH_FOCUS, self._switch_focus)
        bind(report.EVIDENCE, desk.evidence.toggle)
        bind(report.WITHOUT_AREA, desk.occlusion.ask)
        bind(report.SINCE_PRIOR, desk.compare_with_prior)
        bind(report.CHANGES, desk.toggle_changes)
        bind(report.INDICATION, desk.orders.fill)
        bind(file.ORDERS, lambda: OrdersSheet(desk, desk.orders.read_overview, window).open())
        bind(file.PRIOR, desk.films.toggle_prior)
        layout.bind_layout(self._registry, desk.films, self.views)
        self.writing = WritingCommands(self._registry, desk, self.report, window)
        self.writing.macros_asked.connect(
            lambda: MacrosSheet(desk.writing, self._registry, window).open()
        )
        self.presentations = PresentationCommands(self._registry, desk, views, window)
        self._display = DisplaySheets(
            self._registry, desk, views.states, lambda: views.active, views.tool, window
        )
        self.film_commands = FilmCommands(self._registry, desk, views, window)
        docks = (self._left_dock, self._report_dock)
        self._focus_mode = FocusMode(
            self._registry, window, docks, self.film_area, self._focus_film
        )
        self._files = FileCommands(self._registry, desk, window)

    def _connect(self) -> None:
        self.views.menu_requested.connect(self._show_film_menu)
        self.views.annotation_menu_requested.connect(self._show_annotation_menu)
        self._annotations.length_asked.connect(self._ask_for_length)
        self.film_commands.header_came.connect(
            lambda elements, film: HeaderBrowser(elements, film, self._window).open()
        )
        self.film_commands.anonymous_asked.connect(
            lambda study: AnonymousFilmsSheet(
                study, self.desk.exporting.films_without_identity, self._window
            ).open()
        )
        self.views.point_asked.connect(self._show_sentence_at)
        self.left.studies.skipped_asked.connect(self._show_skipped)
        self.left.studies.open_asked.connect(self._files.open_folder)
        self.left.studies.thumbnails.chosen.connect(
            lambda image: self.desk.films.exchange(self.views.active_index, image)
        )
        self.report.focus_left.connect(self._escape_from_report)
        self.report.draft.draft_asked.connect(self.desk.ask_for_draft)
        self.desk.redraft_asked.connect(self._ask_about_redraft)
        self.report.draft.stop_asked.connect(self.desk.job.cancel)
        self.report.footer.next_asked.connect(self.report.go_on)
        self.report.footer.sign_asked.connect(self._signing.final)
        self.report.footer.export_asked.connect(self._files.export_pdf)
        self.report.footer.asked.connect(lambda command: self._registry.action(command).trigger())
        self.past_report.study_asked.connect(lambda u: self.desk.open_study(StudyUid(u)))
        self.desk.films.slots_changed.connect(self._focus_film)
        self.desk.session.user_changed.connect(self._start_idle)
        self.desk.preferences.lock_changed.connect(self._start_idle)
        self._idle.idled.connect(self._records.lock)
        self.desk.library.password_asked.connect(self._ask_for_password)

    def _start_idle(self) -> None:
        self._idle.start(60 * self.desk.workspace.lock_minutes)

    def _focus_film(self) -> None:
        if self.report.focused_row is None or not self.report.focused_row.is_editing:
            self.views.active_view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_sentence_at(self, film: str, x: float, y: float) -> None:
        """Go to the sentence with most evidence at a point; repeated, to the next one."""
        evidence = self.desk.evidence
        found = evidence.sentences_at(SopUid(film), x, y)
        if not found:
            evidence.tell_why_not()
        else:
            now = evidence.focused_id
            position = found.index(now) + 1 if now in found else 0
            self.report.show_sentence(found[position % len(found)])

    def _switch_focus(self) -> None:
        focused: QWidget | None = QApplication.focusWidget()
        if focused is not None and self.views.isAncestorOf(focused):
            self.report.window().activateWindow()
            self._beside_films(self.report.take_focus)
        else:
            self.views.window().activateWindow()
            self.views.active_view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _beside_films(self, go_there: Callable[[], object]) -> None:
        """Leave "films only", then go to list or report."""
        self._focus_mode.leave()
        go_there()

    def _escape_from_film(self) -> None:
        if self.desk.occlusion.is_running:
            self.desk.occlusion.dismiss()
            return
        was_proposed = self._ratio.drop()
        if self.views.drop_tool() or was_proposed or self.desk.annotations.let_go():
            return
        if self.desk.job.study is not None:
            self.desk.job.cancel()
        else:
            self.views.active.reset()

    def _escape_from_report(self) -> None:
        if self.desk.job.study is not None:
            self.desk.job.cancel()
        else:
            self._focus_film()

    def _ask_about_redraft(self) -> None:
        sheet = Redraft(self._window)
        sheet.accepted.connect(self.desk.start_draft)
        sheet.open()

    def _ask_for_length(self, drawn: str, use: Callable[[float], None]) -> None:
        sheet = CalibrateSheet(drawn, self._window)
        sheet.accepted.connect(lambda: use(sheet.length_mm or 0.0))
        sheet.open()

    def _show_film_menu(self, position: QPoint) -> None:
        menu = QMenu(self._window)
        _add_windows(menu, self.views.active)
        self.presentations.add_to(menu)
        for group in TOOL_GROUPS[1:]:
            for command_id in group:
                menu.addAction(self._registry.action(command_id))
            menu.addSeparator()
        menu.popup(position)

    def _show_annotation_menu(self, position: QPoint) -> None:
        menu = QMenu(self._window)
        for command_id in ANNOTATION_MENU:
            menu.addAction(self._registry.action(command_id))
        menu.popup(position)

    def name_presets(self) -> None:
        """Name the presets in the menu as the active film's are named; hide those it lacks."""
        names = {each.key: each.name for each in self.views.active.grey.presets() if each.key}
        for number in range(1, view.LAST_PRESET + 1):
            action = self._registry.action(view.preset_id(number))
            action.setText(names.get(str(number), "").replace("&", "&&"))
            action.setVisible(str(number) in names)

    def answer_presets(self) -> None:
        """Let the key of a preset that the film lacks say so; a hidden action has no key."""
        for number in range(1, view.LAST_PRESET + 1):
            self._registry.action(view.preset_id(number)).setVisible(True)

    def _show_skipped(self, skipped: tuple[SkippedFile, ...]) -> None:
        SkippedFiles(skipped, self._window).open()

    def _ask_for_password(self, archive: Path, was_wrong: bool) -> None:  # noqa: FBT001 - a slot
        ZipPassword(self.desk.library, archive, self._window, was_wrong=was_wrong).open()


def _add_windows(menu: QMenu, state: ViewportState) -> None:
    """Add a menu of the film's windows and LUTs, with the one in use checked."""
    presets = state.grey.presets()
    if not presets:
        return
    added = menu.addMenu("Window")
    for preset in presets:
        action = added.addAction(_preset_words(preset))
        action.setCheckable(True)
        action.setChecked(
            preset.voi == state.grey.voi and preset.inverted == state.grey.is_inverted
        )
        action.triggered.connect(partial(_show_preset, state, preset))
    menu.addSeparator()


def _show_preset(state: ViewportState, preset: WindowPreset, _checked: object = None) -> None:
    state.grey.show_preset(preset)


def _preset_words(preset: WindowPreset) -> str:
    """Name and digit; ampersands are escaped, because a menu would underline a letter."""
    name = preset.name.replace("&", "&&")
    return f"{name}\t{preset.key}" if preset.key else name
