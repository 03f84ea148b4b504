"""What helps to write a report: templates, macros, spelling; each user's own are kept encrypted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from pydantic import ValidationError

from engine.domain.fields import with_defaults
from engine.domain.report import Report, Section
from engine.domain.study import Study
from engine.domain.template import Macro, Template, TemplateUse, is_macro_key, is_shortcut
from engine.errors import InputError, ReportStateError
from engine.report.spelling import Misspelling, misspellings, suggestions
from engine.report.template import (
    fitting,
    shipped_macros,
    shipped_templates,
    template_from_json,
    template_json,
    with_normal,
    with_template,
)
from engine.storage.own_texts import OwnTextKind
from engine.storage.unit_of_work import Store

if TYPE_CHECKING:
    from engine.workers.decode_client import DecodeClient

LONGEST_MACRO = 4000
LONGEST_WORD = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingAids:
    """What a user has ready.

    Attributes:
        templates: Those that ship and the user's own.
        macros: The same; the user's stand in for shipped ones of the same letters.
        words: The user's own words of the spelling check, lower case.
    """

    templates: tuple[Template, ...] = ()
    macros: tuple[Macro, ...] = ()
    words: frozenset[str] = frozenset()


class Writing:
    """Aids of the user who is signed in. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
        decoder: Gives the worker that reads files from elsewhere.
    """

    def __init__(self, store: Store, decoder: Callable[[], DecodeClient]) -> None:
        self._store = store
        self._decoder = decoder

    def aids(self) -> WritingAids:
        """Everything the user has ready."""
        with self._store.look() as unit:
            macros = unit.own_texts.all(OwnTextKind.MACRO)
            keys = unit.own_texts.all(OwnTextKind.MACRO_KEY)
            templates = unit.own_texts.all(OwnTextKind.TEMPLATE)
            words = unit.own_texts.all(OwnTextKind.WORD)
        letters = {macro.shortcut: macro.text for macro in shipped_macros()} | macros
        return WritingAids(
            templates=(*shipped_templates(), *_readable(templates.values())),
            # A shipped macro that the user took away is kept as an empty one.
            macros=tuple(
                Macro(shortcut=shortcut, text=text, key=keys.get(shortcut, ""))
                for shortcut, text in sorted(letters.items())
                if text
            ),
            words=frozenset(words),
        )

    def fitting(self, templates: Iterable[Template], study: Study) -> tuple[Template, ...]:
        """The templates that are meant for a study, the most particular first; never blocks."""
        return fitting(templates, study)

    def filled(self, report: Report, template: Template, now: datetime) -> Report:
        """The report with a template's sentences where it has none; never blocks."""
        return with_template(report, template, now)

    def normal(self, report: Report, template: Template | None, now: datetime) -> Report:
        """The report with everything that nobody touched called normal; never blocks."""
        return with_normal(report, template, now)

    def with_defaults(self, report: Report, now: datetime) -> Report:
        """The report with the default in every field that has one; never blocks."""
        for sentence in report.kept():
            text = with_defaults(sentence.text)
            report = report.with_text(sentence.id, text, now, source=sentence.source)
        return report

    def keep_macro(self, macro: Macro) -> None:
        """Keep a macro; raises `ReportStateError` with the reason why it cannot be one."""
        if not is_shortcut(macro.shortcut):
            raise ReportStateError(
                "The letters of a macro are two to twenty, without blanks or square brackets."
            )
        if not macro.sentences or len(macro.text) > LONGEST_MACRO:
            raise ReportStateError("A macro needs a text of at most 4000 letters.")
        if macro.key and not is_macro_key(macro.key):
            raise ReportStateError("A macro's key has Ctrl or Alt in it, or is one of F1 to F12.")
        with self._store.change() as unit:
            unit.own_texts.put(OwnTextKind.MACRO, macro.shortcut, macro.text)
            if macro.key:
                unit.own_texts.put(OwnTextKind.MACRO_KEY, macro.shortcut, macro.key)
            else:
                unit.own_texts.remove(OwnTextKind.MACRO_KEY, macro.shortcut)

    def remove_macro(self, shortcut: str) -> None:
        """Take a macro away, a shipped one too."""
        is_shipped = any(macro.shortcut == shortcut for macro in shipped_macros())
        with self._store.change() as unit:
            unit.own_texts.remove(OwnTextKind.MACRO_KEY, shortcut)
            if is_shipped:
                unit.own_texts.put(OwnTextKind.MACRO, shortcut, "")
            else:
                unit.own_texts.remove(OwnTextKind.MACRO, shortcut)

    def import_template(self, path: Path) -> Template:
        """Read an MRRT file in the worker and keep it as a template of the user's own.

        Raises `InputError` or `WorkerError` with the reason why the file is none.
        """
        found = self._decoder().template(path)
        template = Template(
            id=str(uuid4()),
            title=found.title or "Imported template",
            use=TemplateUse(),
            sections={Section(name): sentences for name, sentences in found.sections},
            is_own=True,
        )
        with self._store.change() as unit:
            known = _readable(unit.own_texts.all(OwnTextKind.TEMPLATE).values())
            same = next((one for one in known if one.title == template.title), None)
            # The same file again, or its next version, takes the place of the one before.
            template = template if same is None else replace(template, id=same.id)
            unit.own_texts.put(OwnTextKind.TEMPLATE, template.id, template_json(template))
        return template

    def remove_template(self, template_id: str) -> None:
        """Forget a template of the user's own."""
        with self._store.change() as unit:
            unit.own_texts.remove(OwnTextKind.TEMPLATE, template_id)

    def learn(self, word: str) -> None:
        """Take a word as spelled right from now on."""
        if not word or len(word) > LONGEST_WORD:
            raise InputError("This is no word.")
        with self._store.change() as unit:
            unit.own_texts.put(OwnTextKind.WORD, word.lower(), "")

    def misspelled(
        self, texts: Iterable[str], words: frozenset[str]
    ) -> dict[str, tuple[Misspelling, ...]]:
        """Misspelled words by text; texts without any are left out."""
        found = {text: misspellings(text, words) for text in texts}
        return {text: spans for text, spans in found.items() if spans}

    def suggestions(self, word: str) -> tuple[str, ...]:
        """What may have been meant, the likeliest first."""
        return suggestions(word)


def _readable(contents: Iterable[str]) -> tuple[Template, ...]:
    """Templates of their JSON; one that a later version wrote otherwise is left out."""
    found = []
    for content in contents:
        try:
            found.append(template_from_json(content))
        except ValidationError:
            continue
    return tuple(found)
