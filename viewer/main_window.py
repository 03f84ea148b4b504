"""The main window: tools and status line from the first paint on, the desk once it is open.

Before a workspace is open the window shows the menu and asks for a workspace. The title bar never
carries patient text.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QMainWindow, QStatusBar, QVBoxLayout, QWidget

from viewer.actions import (
    annotation,
    display,
    file,
    first_reading,
    handout,
    help,  # noqa: A004 - named after the menu
    layout,
    presentation,
    record,
    report,
    tool,
    view,
    workspace,
    writing,
)
from viewer.actions.registry import CommandRegistry
from viewer.app_context import AppContext
from viewer.desk import Desk
from viewer.desk_view import TOOL_GROUPS, DeskView
from viewer.dialogs.first_start import FirstStart
from viewer.dialogs.help import HelpSheets
from viewer.dialogs.questions import Unsaved
from viewer.errors import Notice, notice_of
from viewer.panels.banner import OpeningBanner
from viewer.panels.drop_frame import DropFrame
from viewer.panels.report import ReportPanel
from viewer.panels.screens import keep_inside
from viewer.panels.shell_style import shell_style
from viewer.panels.status_line import StatusLine
from viewer.panels.tool_row import ToolRow
from viewer.state.layout import Layout
from viewer.state.session import SessionStage
from viewer.theme.palette import resize_text
from viewer.theme.size import keep, set_factor
from viewer.theme.tokens import DARK, STATUS_HEIGHT, Tokens
from viewer.widgets.popups import close_popups

TITLE = "Negatoscope"
LEAST = QSize(960, 540)
"""Least size of the window in px at 100 %: a full HD screen at 200 %."""
UNMAXIMISED = 0.8
"""Share of the screen's width and height for a window after it was maximised."""


class MainWindow(QMainWindow):
    """One window on one workspace.

    Args:
        context: What the window has from its first paint on.
        settings: Stores the window's geometry and nothing else.
        tokens: Colours.
    """

    def __init__(self, context: AppContext, settings: QSettings, tokens: Tokens = DARK) -> None:
        super().__init__()
        self.context = context
        self._settings = settings
        self._tokens = tokens
        self._may_close = False
        self._workspace_root: Path | None = None
        self._view: DeskView | None = None
        self._fills_screen = False
        self.setAcceptDrops(True)
        self.registry = CommandRegistry(self)
        self._add_commands()
        layouts = tuple(layout.layout_id(each) for each in Layout)
        self.tools = ToolRow(self.registry, TOOL_GROUPS, tokens, layouts=layouts)
        self.status = StatusLine(context.notices)
        self._banner: QWidget = OpeningBanner(context.session)
        self.drop_frame = DropFrame(self, tokens)
        self._lay_out()
        self._bind()
        self._help = HelpSheets(self.registry, context, self)
        context.preferences.report_scale_changed.connect(self._dress)
        context.preferences.scale_changed.connect(self._follow_size)
        context.session.stage_changed.connect(self._on_stage)
        context.desk_opened.connect(self._furnish)
        self._restore()

    def open_up(self) -> None:
        """Show the window for the first time, entirely inside the screen."""
        if self._fills_screen:
            self.showMaximized()
        else:
            self.show()
            QTimer.singleShot(0, lambda: keep_inside(self))

    def come_forward(self) -> None:
        """Bring the window in front of other programs, as far as the desktop allows."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        QApplication.alert(self)

    @property
    def desk_view(self) -> DeskView | None:
        """The panels of the open workspace; None before one is open."""
        return self._view

    @property
    def report(self) -> ReportPanel | None:
        """The report of the open workspace; None while none is open."""
        return None if self._view is None else self._view.report

    def open_workspace_at(self, root: Path) -> None:
        """Open a workspace with the keychain, or ask for what is missing."""
        session = self.context.session
        self._workspace_root = root

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
        """Show the start dialog.

        Args:
            suggested: Folder of the workspace.
            has_workspace: Whether the folder holds a workspace to open.
            problem: Why it could not be opened without asking.
        """
        sheet = FirstStart(
            self.context.session, suggested, has_workspace=has_workspace, parent=self
        )
        if problem is not None:
            sheet.show_problem(problem)
        sheet.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files and folders anywhere in the window."""
        if event.mimeData().hasUrls() and self.context.desk is not None:
            event.acceptProposedAction()
            self.drop_frame.show_over()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Files went elsewhere."""
        self.drop_frame.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Scan what was dropped."""
        self.drop_frame.hide()
        urls = event.mimeData().urls()
        if self.context.desk is not None:
            paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
            self.context.desk.open_paths(paths)
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save, then end all work. If saving fails, ask about the loss."""
        desk = self.context.desk
        if desk is not None and desk.report.has_unsaved and not self._may_close:
            event.ignore()
            desk.report.flush(self._close_for_good, self._ask_about_loss)
            return
        self._settings.setValue("geometry", self.saveGeometry())
        if self._view is not None:
            self._view.store(self._settings)
        # A menu that outlives its window crashes the process.
        close_popups()
        self.context.close()
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold or unfold panels with the width."""
        super().resizeEvent(event)
        if self._view is not None:
            self._view.follow_width(event.oldSize().width())

    def showEvent(self, event: QShowEvent) -> None:
        """Bring back panels that floated on a monitor that is gone."""
        super().showEvent(event)
        if self._view is not None:
            self._view.come_back()

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
        self.registry.add(annotation.ANNOTATION_COMMANDS)
        self.registry.add(handout.HANDOUT_COMMANDS)
        self.registry.add(presentation.PRESENTATION_COMMANDS)
        self.registry.add(display.DISPLAY_COMMANDS)
        self.registry.add(help.HELP_COMMANDS)
        self.registry.apply_icons(self._tokens)

    def _lay_out(self) -> None:
        self.setWindowTitle(TITLE)
        self._dress()
        self.setMinimumSize(LEAST)
        self.setAnimated(False)  # sliding docks would move the films
        top = QWidget()
        self._top = QVBoxLayout(top)
        self._top.setContentsMargins(0, 0, 0, 0)
        self._top.setSpacing(0)
        self._top.addWidget(self._banner)
        self._top.addWidget(self.tools)
        self.setMenuWidget(top)
        self.setCentralWidget(QWidget())
        self.setStatusBar(_bar_of(self.status))

    def _dress(self) -> None:
        """Apply the window's style sheet, with reports in the chosen size."""
        style = shell_style(self._tokens, self.context.preferences.report_scale)
        if style != self.styleSheet():
            self.setStyleSheet(style)

    def _bind(self) -> None:
        preferences, bind = self.context.preferences, self.registry.bind
        bind(file.OPEN_WORKSPACE, self._open_workspace)
        bind(file.QUIT, self.close)
        bind(layout.MENU, self.tools.open_menu)
        bind(layout.LARGER, lambda: preferences.step_scale(1, self._largest_scale()))
        bind(layout.SMALLER, lambda: preferences.step_scale(-1))
        bind(layout.LARGER_REPORT, lambda: preferences.step_report_scale(1))
        bind(layout.SMALLER_REPORT, lambda: preferences.step_report_scale(-1))

    def _largest_scale(self) -> float:
        """The interface size at which the least window still fits the screen."""
        room = self.screen().availableSize().expandedTo(self.size())
        preferences = self.context.preferences
        started_with = preferences.scale / preferences.scale_here
        return started_with * min(room.width() / LEAST.width(), room.height() / LEAST.height())

    def _follow_size(self) -> None:
        """Show everything in the interface size just chosen."""
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        set_factor(self.context.preferences.scale_here)
        resize_text(app, self._tokens)
        self._dress()
        self.tools.follow_size()
        if self._view is not None:
            self._view.follow_size()

    def _on_stage(self, stage: SessionStage) -> None:
        self.registry.action(file.OPEN_WORKSPACE).setEnabled(stage is SessionStage.NONE)

    def _furnish(self, desk: Desk) -> None:
        """Put the open workspace's panels into the window."""
        self._view = panels = DeskView(desk, self, self.registry, self._tokens)
        self._top.replaceWidget(self._banner, panels.banner)
        self._banner.deleteLater()
        self._banner = panels.banner
        self.status.clear()
        self.status.put_left(panels.standing)
        desk.library.study_changed.connect(self.status.clear)
        menu = self.tools.menu_button.menu()
        menu.aboutToShow.connect(panels.name_presets)
        menu.aboutToHide.connect(panels.answer_presets)
        panels.restore(self._settings)
        if self.isVisible():
            panels.come_back()

    def _restore(self) -> None:
        """Restore the stored geometry; without one, fill the screen."""
        geometry = self._settings.value("geometry")
        # Qt refuses a geometry stored on a screen of another size or scale.
        if geometry is not None and self.restoreGeometry(geometry):
            return
        self._fills_screen = True
        screen = QGuiApplication.primaryScreen()
        if screen is not None:
            self.resize(screen.availableSize() * UNMAXIMISED)

    def _open_workspace(self) -> None:
        if self._workspace_root is not None:
            self.open_workspace_at(self._workspace_root)

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
    keep(bar, height=STATUS_HEIGHT)
    bar.addWidget(line, 1)
    return bar
