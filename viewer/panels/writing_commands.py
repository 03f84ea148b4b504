"""What the commands of `viewer.actions.writing` do in the window."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from engine.domain.first_reading import FirstCall
from engine.domain.template import Macro, Template
from viewer.actions import first_reading, writing
from viewer.actions.registry import CommandRegistry
from viewer.actions.writing import macro_command
from viewer.app_context import AppContext
from viewer.errors import Notice, Severity
from viewer.panels.report import ReportPanel


class WritingCommands(QObject):
    """Binds the commands.

    Args:
        registry: With the commands added.
        report: The panel that is written in.
        window: Parent of menus and dialogs.

    Signals:
        macros_asked: The sheet of macros is wanted.
    """

    macros_asked = Signal()

    def __init__(
        self, registry: CommandRegistry, context: AppContext, report: ReportPanel, window: QWidget
    ) -> None:
        super().__init__(window)
        self._context = context
        self._report = report
        self._window = window
        self.menu: QMenu | None = None
        registry.bind(writing.TEMPLATE, self._show_templates)
        registry.bind(writing.IMPORT_TEMPLATE, self._ask_for_template)
        registry.bind(writing.NORMAL, context.writing.normal_report)
        registry.bind(writing.DEFAULTS, context.writing.take_defaults)
        registry.bind(writing.SPELLING, self._suggest)
        registry.bind(writing.CHOOSE_MACRO, self._choose_macro)
        self._bind_first_reading(registry)
        registry.bind(writing.MACROS, self.macros_asked.emit)
        self._registry = registry
        self._chords: tuple[Macro, ...] = ()
        context.writing.changed.connect(self._take_chords)

    def _take_chords(self) -> None:
        """Let the keys of the user's macros write them."""
        chords = tuple(macro for macro in self._context.writing.macros if macro.key)
        if chords == self._chords:
            return
        self._chords = chords
        texts = {macro_command(macro).id: macro for macro in chords}
        self._registry.put_chords(
            map(macro_command, chords), lambda one: self._report.write_macro(texts[one])
        )

    def _bind_first_reading(self, registry: CommandRegistry) -> None:
        preferences = self._context.preferences
        action = registry.action(first_reading.BLIND_FIRST)
        registry.bind(
            first_reading.BLIND_FIRST,
            lambda: preferences.set_blind_first(is_on=not preferences.blind_first),
        )
        preferences.blind_first_changed.connect(lambda: action.setChecked(preferences.blind_first))
        for call in FirstCall:
            say = partial(self._report.first_reading.say, call)
            registry.bind(first_reading.call_command(call), say)

    def import_template(self, path: Path) -> None:
        """Read an MRRT file and say that it is there."""

        def done(template: Template) -> None:
            self._say("Template", f"“{template.title}” stands in the list of templates (Ctrl+T).")

        self._context.writing.import_template(path, done)

    def _show_templates(self) -> None:
        if not self._context.writing.templates:
            self._say("Template", "No template is meant for this study.")
            return
        menu = QMenu(self._window)
        for template in self._context.writing.templates:
            title = template.title.replace("&", "&&")
            menu.addAction(title, partial(self._apply, template))
        own = [one for one in self._context.writing.templates if one.is_own]
        if own:
            away = menu.addMenu("Remove")
            for template in own:
                remove = partial(self._context.writing.remove_template, template)
                away.addAction(template.title.replace("&", "&&"), remove)
        # The first one is chosen already: Return takes it.
        menu.setActiveAction(menu.actions()[0])
        self.menu = menu
        menu.popup(self._report.page.mapToGlobal(QPoint(20, 20)))
        menu.setActiveAction(menu.actions()[0])

    def _apply(self, template: Template) -> None:
        before = self._context.report.report
        if self._context.writing.apply_template(template):
            if self._context.report.report is before:
                self._say("Template", "Every section of it has words already; nothing was changed.")
            self._report.aid.go_to_field(1)

    def _choose_macro(self) -> None:
        if not self._report.choose_macro():
            self._say("Macros", "There is no macro yet; “Macros” in the menu makes one.")

    def _suggest(self) -> None:
        if not self._report.aid.suggest():
            self._say("Spelling", "No misspelled word in what you wrote.")

    def _ask_for_template(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Report template", "", "MRRT templates (*.html *.htm *.xhtml)"
        )
        if name:
            self.import_template(Path(name))

    def _say(self, title: str, sentence: str) -> None:
        self._context.noticed.emit(Notice(title=title, sentence=sentence, severity=Severity.QUIET))
