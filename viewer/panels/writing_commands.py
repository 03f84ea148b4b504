"""Effects of the commands of `viewer.actions.writing`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from engine.domain.first_reading import FirstCall
from engine.domain.template import Macro, Template
from viewer.actions import first_reading, writing
from viewer.actions.registry import CommandRegistry
from viewer.actions.writing import macro_command
from viewer.desk import Desk
from viewer.panels.report import ReportPanel
from viewer.widgets.file_choice import ask_for_file


class WritingCommands(QObject):
    """Binds the writing commands and those of blind-first reading.

    Args:
        registry: With the commands added.
        desk: States of the open workspace.
        report: The report panel.
        window: Parent of menus and dialogs.

    Signals:
        macros_asked: The command to edit macros was given.
    """

    macros_asked = Signal()

    def __init__(
        self, registry: CommandRegistry, desk: Desk, report: ReportPanel, window: QWidget
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._say = desk.notices.say
        self._report = report
        self._window = window
        self.menu: QMenu | None = None
        registry.bind(writing.TEMPLATE, self._show_templates)
        registry.bind(writing.IMPORT_TEMPLATE, self._ask_for_template)
        registry.bind(writing.NORMAL, self._fill_normals)
        registry.bind(writing.DEFAULTS, desk.writing.take_defaults)
        registry.bind(writing.SPELLING, self._suggest)
        registry.bind(writing.CHOOSE_MACRO, self._choose_macro)
        self._bind_first_reading(registry)
        registry.bind(writing.MACROS, self.macros_asked.emit)
        self._registry = registry
        self._chords: tuple[Macro, ...] = ()
        desk.writing.changed.connect(self._take_chords)

    def _take_chords(self) -> None:
        """Register the keys of the user's macros."""
        chords = tuple(macro for macro in self._desk.writing.macros if macro.key)
        if chords == self._chords:
            return
        self._chords = chords
        texts = {macro_command(macro).id: macro for macro in chords}
        self._registry.put_chords(
            map(macro_command, chords), lambda one: self._report.write_macro(texts[one])
        )

    def _fill_normals(self) -> None:
        before = self._desk.report.report
        self._desk.writing.normal_report(self._desk.films.priors_in_view)
        if before is not None and self._desk.report.report is before:
            self._say("Fill normals", "Nothing is left to report as normal.")

    def _bind_first_reading(self, registry: CommandRegistry) -> None:
        preferences = self._desk.preferences
        action = registry.action(first_reading.BLIND_FIRST)
        registry.bind(
            first_reading.BLIND_FIRST,
            lambda: preferences.set_blind_first(is_on=not preferences.blind_first),
        )
        preferences.blind_first_changed.connect(lambda: action.setChecked(preferences.blind_first))
        action.setChecked(preferences.blind_first)
        for call in FirstCall:
            say = partial(self._report.first_reading.say, call)
            registry.bind(first_reading.call_command(call), say)

    def import_template(self, path: Path) -> None:
        """Import an MRRT file and say so."""

        def done(template: Template) -> None:
            self._say("Template", f"“{template.title}” stands in the list of templates (Ctrl+T).")

        self._desk.writing.import_template(path, done)

    def _show_templates(self) -> None:
        if not self._desk.writing.templates:
            self._say("Template", "No template is meant for this study.")
            return
        menu = QMenu(self._window)
        for template in self._desk.writing.templates:
            title = template.title.replace("&", "&&")
            menu.addAction(title, partial(self._apply, template))
        own = [one for one in self._desk.writing.templates if one.is_own]
        if own:
            away = menu.addMenu("Remove")
            for template in own:
                remove = partial(self._desk.writing.remove_template, template)
                away.addAction(template.title.replace("&", "&&"), remove)
        # Selected at once, so that Return takes the best match.
        menu.setActiveAction(menu.actions()[0])
        self.menu = menu
        menu.popup(self._report.page.mapToGlobal(QPoint(20, 20)))
        menu.setActiveAction(menu.actions()[0])

    def _apply(self, template: Template) -> None:
        before = self._desk.report.report
        if self._desk.writing.apply_template(template, self._desk.films.priors_in_view):
            if self._desk.report.report is before:
                self._say("Template", "Every section of it has words already; nothing was changed.")
            self._report.aid.go_to_field(1)

    def _choose_macro(self) -> None:
        if not self._report.choose_macro():
            self._say("Macros", "There is no macro yet; “Macros” in the menu makes one.")

    def _suggest(self) -> None:
        if not self._report.aid.suggest():
            self._say("Spelling", "No misspelled word in what you wrote.")

    def _ask_for_template(self) -> None:
        kinds = "MRRT templates (*.html *.htm *.xhtml)"
        path = ask_for_file(self._window, "Report template", kinds)
        if path is not None:
            self.import_template(path)
