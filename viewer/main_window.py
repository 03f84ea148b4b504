"""The reading window: banner, tools, studies, light box, report, status line.

Layout of ui.md: at 1920 × 1080 the list takes 260 px and the report 480; below 1600 px of width
the list folds to a rail and the second film to a tab; on larger screens only the films grow.
The title bar never carries patient text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QSplitter,
    QStatusBar,
    QVBoxLayout,
    QWidget,
)

from engine.domain.report import Report
from engine.domain.study import SkippedFile, SopUid, StudyUid
from viewer.actions import (
    display,
    file,
    first_reading,
    handout,
    help,  # noqa: A004 - named after the menu
    layout,
    mark,
    presentation,
    record,
    report,
    tool,
    view,
    workspace,
    writing,
)
from viewer.actions.availability import Availability
from viewer.actions.registry import CommandRegistry
from viewer.app_context import AppContext
from viewer.dialogs.calibrate import CalibrateSheet
from viewer.dialogs.display import DisplaySheets
from viewer.dialogs.first_start import FirstStart
from viewer.dialogs.header_browser import HeaderBrowser
from viewer.dialogs.help import HelpSheets
from viewer.dialogs.macros import MacrosSheet
from viewer.dialogs.record import RecordSheets
from viewer.dialogs.sign import SignSheet
from viewer.dialogs.skipped_files import SkippedFiles
from viewer.dialogs.unsaved import Unsaved
from viewer.dialogs.workspace import WorkspaceSheets
from viewer.dialogs.zip_password import ZipPassword
from viewer.errors import Notice, Severity, notice_of
from viewer.panels.banner import PatientBanner
from viewer.panels.dock import PanelDock
from viewer.panels.file_commands import FileCommands
from viewer.panels.film_area import FilmArea
from viewer.panels.film_commands import FilmCommands
from viewer.panels.flicker import Flicker
from viewer.panels.left_panel import LeftPanel
from viewer.panels.mark_commands import MarkCommands
from viewer.panels.past_report import PastReportCard
from viewer.panels.presentation_commands import PresentationCommands
from viewer.panels.prior_document import PriorDocumentCard
from viewer.panels.report import ReportPanel
from viewer.panels.screen_room import ScreenRoom
from viewer.panels.shell_style import shell_style
from viewer.panels.status_line import StatusLine
from viewer.panels.tool_row import ToolRow
from viewer.panels.views import ViewsPanel
from viewer.panels.window_menu import add_windows
from viewer.panels.writing_commands import WritingCommands
from viewer.state.hanging import Layout
from viewer.state.idle import IdleWatch
from viewer.theme.tokens import DARK, Tokens

TITLE = "Negatoscope"
NARROW_BELOW = 1600
REPORT_WIDTH = 480
_TOOL_GROUPS = (
    ("tool.window", "tool.zoom", "tool.pan"),
    ("tool.length", "tool.angle", "tool.cardiothoracic", "tool.ellipse"),
    ("tool.text", "tool.arrow", mark.KEY_IMAGE),
    (view.AUTO_WINDOW, view.INVERT),
    (view.ROTATE_LEFT, view.ROTATE_RIGHT, view.FLIP_HORIZONTAL, view.FLIP_VERTICAL),
    (view.FIT, view.ONE_TO_ONE, view.RESET),
    (layout.LINK, layout.FULL_SCREEN),
)


class MainWindow(QMainWindow):
    """One window on one workspace.

    Args:
        settings: Keeps the window's geometry and nothing else.
    """

    def __init__(self, context: AppContext, settings: QSettings, tokens: Tokens = DARK) -> None:
        super().__init__()
        self.context = context
        self._settings = settings
        self._tokens = tokens
        self._may_close = False
        self._workspace_place: Path | None = None
        self.setAcceptDrops(True)
        self.registry = CommandRegistry(self)
        self._add_commands()
        self.views = ViewsPanel(context, self.registry.action(view.LOUPE), tokens)
        self.flicker = Flicker(context, self.views, self.registry.action(file.PRIOR), tokens)
        self.report = ReportPanel(context)
        self.past_report = PastReportCard(context)
        self.prior_document = PriorDocumentCard(context)
        rail_actions = tuple(
            self.registry.action(i)
            for i in (file.OPEN_FOLDER, file.PREVIOUS_STUDY, file.NEXT_STUDY)
        )
        self.left = LeftPanel(context, tokens, rail_actions)
        self.banner = PatientBanner(context)
        layouts = tuple(layout.layout_id(each) for each in Layout)
        self.tools = ToolRow(self.registry, _TOOL_GROUPS, tokens, layouts=layouts)
        self.status = StatusLine(context)
        self._lay_out()
        self._bind()
        self._availability = Availability(self.registry, context)
        self._records = RecordSheets(self.registry, context, self)
        self._workspace_sheets = WorkspaceSheets(self.registry, context, self)
        self._idle = IdleWatch(self)
        self._connect()
        self._restore()
        self.views.active_view.setFocus()

    def open_workspace_at(self, root: Path) -> None:
        """Open the workspace of that folder by the keychain, or ask for what is missing."""
        session = self.context.session
        self._workspace_place = root

        def found(has_workspace: bool) -> None:  # noqa: FBT001 - a callback of one value
            if not has_workspace:
                self.ask_for_workspace(root, has_workspace=False)
                return
            session.open_by_keychain(
                root,
                lambda problem: self.ask_for_workspace(root, has_workspace=True, problem=problem),
            )

        session.look_for_workspace(root, found)

    def ask_for_workspace(
        self, suggested: Path, *, has_workspace: bool, problem: Notice | None = None
    ) -> None:
        """Show the first question.

        Args:
            suggested: Folder of the workspace.
            has_workspace: Whether one is there, to be opened.
            problem: Why it could not be opened without asking.
        """
        sheet = FirstStart(
            self.context.session, suggested, has_workspace=has_workspace, parent=self
        )
        if problem is not None:
            sheet.show_problem(problem)
        sheet.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders, wherever they are dropped."""
        if event.mimeData().hasUrls() and self.context.session.workspace is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Scan what was dropped."""
        urls = event.mimeData().urls()
        self.context.library.add([Path(url.toLocalFile()) for url in urls if url.isLocalFile()])
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save first, then end all work; what cannot be saved is asked about."""
        if self.context.report.has_unsaved and not self._may_close:
            event.ignore()
            self.context.report.flush(self._close_for_good, self._ask_about_loss)
            return
        self._settings.setValue("geometry", self.saveGeometry())
        self._settings.setValue("layout", self.saveState())
        self.film_area.store(self._settings)
        self.context.close()
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold or unfold with the width."""
        super().resizeEvent(event)
        is_narrow = event.size().width() < NARROW_BELOW
        if is_narrow is not (event.oldSize().width() < NARROW_BELOW) or not self.isVisible():
            self._set_narrow(is_narrow=is_narrow)

    def showEvent(self, event: QShowEvent) -> None:
        """A report dock that floated on a monitor that is gone comes back."""
        super().showEvent(event)
        self._set_narrow(is_narrow=self.width() < NARROW_BELOW)
        self._report_dock.come_back_if_lost()
        self.film_area.open_again()

    def _set_narrow(self, *, is_narrow: bool) -> None:
        self.left.set_narrow(is_narrow=is_narrow)
        self.film_area.set_narrow(is_narrow=is_narrow)

    def _add_commands(self) -> None:
        self.registry.add(file.FILE_COMMANDS)
        self.registry.add(report.REPORT_COMMANDS)
        self.registry.add(writing.WRITING_COMMANDS)
        self.registry.add(first_reading.FIRST_READING_COMMANDS)
        self.registry.add(record.RECORD_COMMANDS)
        self.registry.add(workspace.WORKSPACE_COMMANDS)
        self.registry.add(view.VIEW_COMMANDS)
        self.registry.add(tool.TOOL_COMMANDS)
        self.registry.add(layout.LAYOUT_COMMANDS)
        self.registry.add(mark.MARK_COMMANDS)
        self.registry.add(handout.HANDOUT_COMMANDS)
        self.registry.add(presentation.PRESENTATION_COMMANDS)
        self.registry.add(display.DISPLAY_COMMANDS)
        self.registry.add(help.HELP_COMMANDS)
        self.registry.apply_icons(self._tokens)

    def _lay_out(self) -> None:
        self.setWindowTitle(TITLE)
        self._dress()
        self.setMinimumSize(960, 540)  # a full HD screen at 200 %
        self.setAnimated(False)  # docks that slide would move the films
        top = QWidget()
        rows = QVBoxLayout(top)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.banner)
        rows.addWidget(self.tools)
        self.setMenuWidget(top)
        self.film_area = FilmArea(self.context, self.views)
        self.setCentralWidget(self.film_area)
        self._add_docks()
        self.setStatusBar(_bar_of(self.status))

    def _dress(self) -> None:
        """Put on the looks of the shell, with reports in the size that was chosen."""
        style = shell_style(self._tokens, self.context.preferences.report_scale)
        if style != self.styleSheet():
            self.setStyleSheet(style)

    def _add_docks(self) -> None:
        beside = QSplitter(Qt.Orientation.Vertical)
        beside.setChildrenCollapsible(False)
        beside.addWidget(self.past_report)
        beside.addWidget(self.prior_document)
        beside.addWidget(self.report)
        beside.setHandleWidth(1)
        beside.setStretchFactor(2, 2)
        beside.setMinimumWidth(400)
        self._left_dock = PanelDock("studies", "Studies", self.left, self._tokens, is_bare=True)
        self._report_dock = PanelDock("report", "Report", beside, self._tokens)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self._left_dock)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._report_dock)
        self.resizeDocks([self._report_dock], [REPORT_WIDTH], Qt.Orientation.Horizontal)

    def _bind(self) -> None:
        context, bind = self.context, self.registry.bind
        self.registry.set_image_area(self.views)
        view.bind_view(self.registry, lambda: self.views.active)
        tool.bind_tools(self.registry, self.views.tool)
        self._marks = MarkCommands(
            self.registry, context, lambda: self.views.active, self.views.sentence_of, self
        )
        bind(view.RESET, self._escape_from_film)
        bind(view.MODEL_EYE, self.views.toggle_model_eye)
        bind(view.LOUPE, self.views.toggle_loupe)
        bind(mark.NEXT, self.views.select_mark)
        bind(mark.NEXT_POINT, self.views.select_point)
        bind(layout.MENU, self.tools.open_menu)
        bind(file.OPEN_WORKSPACE, self._open_workspace)
        bind(file.NEXT_STUDY, lambda: context.open_neighbour(1))
        bind(file.PREVIOUS_STUDY, lambda: context.open_neighbour(-1))
        bind(file.FIND, lambda: self._beside_films(self.left.show_studies))
        bind(file.PAST_REPORTS, lambda: self._beside_films(self.left.show_history))
        bind(file.QUIT, self.close)
        bind(report.DRAFT, context.start_draft)
        bind(report.STOP_DRAFT, context.job.cancel)
        bind(report.SAVE, context.report.save)
        bind(report.SIGN, self._sign)
        bind(report.SWITCH_FOCUS, self._switch_focus)
        bind(report.EVIDENCE, context.evidence.toggle)
        bind(report.WITHOUT_AREA, context.knock_out.ask)
        bind(report.SINCE_PRIOR, context.compare_with_prior)
        bind(report.CHANGES, context.toggle_changes)
        bind(file.PRIOR, context.films.toggle_prior)
        layout.bind_layout(self.registry, context.films, self.views)
        self.writing = WritingCommands(self.registry, context, self.report, self)
        self.writing.macros_asked.connect(
            lambda: MacrosSheet(context.writing, self.registry, self).open()
        )
        self.presentations = PresentationCommands(self.registry, context, self.views, self)
        views = self.views
        self._display = DisplaySheets(
            self.registry, context, views.states, lambda: views.active, views.tool, self
        )
        self.film_commands = FilmCommands(self.registry, context, self.views, self)
        docks = (self._left_dock, self._report_dock)
        self._screen = ScreenRoom(self.registry, self, docks, self.film_area, self._focus_film)
        self._bind_sizes()
        self._files = FileCommands(self.registry, context, self)
        self._help = HelpSheets(self.registry, context, self)

    def _bind_sizes(self) -> None:
        context, bind = self.context, self.registry.bind
        bind(layout.LARGER, lambda: context.preferences.step_scale(1))
        bind(layout.SMALLER, lambda: context.preferences.step_scale(-1))
        bind(layout.LARGER_REPORT, lambda: context.step_report_size(1))
        bind(layout.SMALLER_REPORT, lambda: context.step_report_size(-1))

    def _connect(self) -> None:
        self.views.menu_requested.connect(self._show_film_menu)
        self._marks.length_asked.connect(self._ask_for_length)
        self.film_commands.header_came.connect(
            lambda elements, film: HeaderBrowser(elements, film, self).open()
        )
        self.views.place_asked.connect(self._show_sentence_at)
        self.left.studies.skipped_asked.connect(self._show_skipped)
        self.left.studies.open_asked.connect(self._files.open_folder)
        self.left.studies.thumbnails.chosen.connect(
            lambda image: self.context.films.exchange(self.views.active_index, image)
        )
        self.report.focus_left.connect(self._escape_from_report)
        self.report.draft.draft_asked.connect(self.context.start_draft)
        self.report.draft.stop_asked.connect(self.context.job.cancel)
        self.report.footer.sign_asked.connect(self._sign)
        self.report.footer.export_asked.connect(self._files.export_pdf)
        self.past_report.study_asked.connect(lambda u: self.context.open_study(StudyUid(u)))
        self.context.films.hung.connect(self._focus_film)
        self.context.session.stage_changed.connect(self._start_idle)
        self.context.session.user_changed.connect(self._start_idle)
        self.context.preferences.lock_changed.connect(self._start_idle)
        self.context.preferences.report_scale_changed.connect(self._dress)
        self._idle.idled.connect(self._records.lock)
        self.context.library.password_asked.connect(self._ask_for_password)

    def _restore(self) -> None:
        geometry, layout = self._settings.value("geometry"), self._settings.value("layout")
        self.film_area.restore(self._settings)
        if geometry is None:
            self.resize(1920, 1080)
            screen = QGuiApplication.primaryScreen()
            if screen is not None:
                self.resize(self.size().boundedTo(screen.availableSize()))
            return
        self.restoreGeometry(geometry)
        if layout is not None:
            self.restoreState(layout)
            for dock in (self._left_dock, self._report_dock):
                dock.show()  # "films only" is for the moment, not for the next start

    def _start_idle(self) -> None:
        opened = self.context.session.workspace
        self._idle.start(60 * opened.lock_minutes if opened is not None else 0)

    def _focus_film(self) -> None:
        if self.report.focused_row is None or not self.report.focused_row.is_editing:
            self.views.active_view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_sentence_at(self, film: str, x: float, y: float) -> None:
        """Go to the sentence that looked at a place most; asked again, to the next one."""
        evidence = self.context.evidence
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
        """Go to list or report; while the films have the whole window, they make room first."""
        self._screen.make_room()
        go_there()

    def _escape_from_film(self) -> None:
        if self.context.knock_out.is_running:
            self.context.knock_out.put_away()
            return
        if self.views.put_tool_away() or self.context.marks.let_go():
            return
        if self.context.job.study is not None:
            self.context.job.cancel()
        else:
            self.views.active.reset()

    def _escape_from_report(self) -> None:
        if self.context.job.study is not None:
            self.context.job.cancel()
        else:
            self._focus_film()

    def _sign(self) -> None:
        study, now = self.context.library.study, self.context.report.report
        if study is None or now is None or not now.is_editable:
            return
        sentence = self._why_not_signed(now)
        if sentence:
            self.report.take_focus()
            self.status.show_notice(
                Notice(title="Not ready", sentence=sentence, severity=Severity.DECIDE)
            )
            return
        remarks = [alert.message for alert in self.context.guards.result.shown]
        sheet = SignSheet(self.context.report, study, now, self, remarks=remarks)
        sheet.accepted.connect(self.context.go_on)
        sheet.open()

    def _open_workspace(self) -> None:
        if self._workspace_place is not None:
            self.open_workspace_at(self._workspace_place)

    def _ask_for_length(self, drawn: str, use: Callable[[float], None]) -> None:
        sheet = CalibrateSheet(drawn, self)
        sheet.accepted.connect(lambda: use(sheet.length_mm or 0.0))
        sheet.open()

    def _why_not_signed(self, now: Report) -> str:
        if self.context.session.hides_names:
            return "Show the names again before you sign: you sign for a patient."
        if now.unreviewed:
            return "Accept, edit or reject every sentence of the draft, then sign."
        if not now.kept():
            return "An empty report cannot be signed."
        blocking = self.context.guards.result.blocking
        return blocking[0].message if blocking else ""

    def _show_film_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        add_windows(menu, self.views.active)
        self.presentations.add_to(menu)
        for group in _TOOL_GROUPS[1:]:
            for command_id in group:
                menu.addAction(self.registry.action(command_id))
            menu.addSeparator()
        menu.popup(place)

    def _show_skipped(self, skipped: tuple[SkippedFile, ...]) -> None:
        SkippedFiles(skipped, self).open()

    def _ask_for_password(self, archive: Path, was_wrong: bool) -> None:  # noqa: FBT001 - a slot
        ZipPassword(self.context.library, archive, self, was_wrong=was_wrong).open()

    def _close_for_good(self) -> None:
        self._may_close = True
        self.close()

    def _ask_about_loss(self, error: Exception) -> None:
        question = Unsaved(notice_of(error).line, self)
        question.accepted.connect(self._close_for_good)
        question.open()


def _bar_of(line: StatusLine) -> QStatusBar:
    bar = QStatusBar()
    bar.setSizeGripEnabled(False)
    bar.setContentsMargins(0, 0, 0, 0)
    bar.setFixedHeight(line.height())
    bar.addWidget(line, 1)
    return bar
