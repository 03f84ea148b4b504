"""Writing aids: templates, macros and spelling; each user's own are stored encrypted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from pydantic import ValidationError

from engine.domain.fields import with_defaults
from engine.domain.misspelling import Misspelling
from engine.domain.report import Report, Section
from engine.domain.study import Study
from engine.domain.template import Macro, Template, TemplateUse, is_macro_key, is_shortcut
from engine.domain.user import Permission
from engine.errors import InputError, ReportStateError
from engine.language.normal_report import with_normal
from engine.language.spelling import misspellings, suggestions
from engine.language.template import (
    comparison_text,
    fitting,
    shipped_macros,
    shipped_templates,
    template_from_json,
    template_json,
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
    """A user's templates, macros and words.

    Attributes:
        templates: Those that ship and the user's own.
        macros: Likewise; the user's replace shipped ones of the same letters.
        words: The user's own words for the spelling check, lower case.
    """

    templates: tuple[Template, ...] = ()
    macros: tuple[Macro, ...] = ()
    words: frozenset[str] = frozenset()


class Writing:
    """Writing aids of the signed-in user. Most methods may block: call them off the GUI thread.

    Args:
        store: The open database.
        decoder: Gives the worker that parses imported files.
    """

    def __init__(self, store: Store, decoder: Callable[[], DecodeClient]) -> None:
        self._store = store
        self._decoder = decoder

    def aids(self) -> WritingAids:
        """All of the user's writing aids."""
        with self._store.look() as unit:
            macros = unit.own_texts.all(OwnTextKind.MACRO)
            keys = unit.own_texts.all(OwnTextKind.MACRO_KEY)
            templates = unit.own_texts.all(OwnTextKind.TEMPLATE)
            words = unit.own_texts.all(OwnTextKind.WORD)
        letters = {macro.shortcut: macro.text for macro in shipped_macros()} | macros
        return WritingAids(
            templates=(*shipped_templates(), *_readable(templates.values())),
            # A shipped macro that the user removed is stored with an empty text.
            macros=tuple(
                Macro(shortcut=shortcut, text=text, key=keys.get(shortcut, ""))
                for shortcut, text in sorted(letters.items())
                if text
            ),
            words=frozenset(words),
        )

    def fitting(self, templates: Iterable[Template], study: Study) -> tuple[Template, ...]:
        """The templates meant for a study, the most specific first; never blocks."""
        return fitting(templates, study)

    def filled(
        self, report: Report, template: Template, now: datetime, priors: Iterable[Study] = ()
    ) -> Report:
        """The report with a template's sentences in its empty sections; never blocks.

        Args:
            report: As it stands.
            template: Supplies the sentences.
            now: UTC.
            priors: Earlier studies that hang beside this one, for the comparison.
        """
        return with_template(report, template, now, comparison=comparison_text(priors))

    def normal(
        self,
        report: Report,
        template: Template | None,
        now: datetime,
        priors: Iterable[Study] = (),
    ) -> Report:
        """The report with every untouched review area called normal; arguments as for `filled`."""
        return with_normal(report, template, now, comparison=comparison_text(priors))

    def with_defaults(self, report: Report, now: datetime) -> Report:
        """The report with every field that has a default filled in; never blocks."""
        for sentence in report.kept():
            text = with_defaults(sentence.text)
            report = report.with_text(sentence.id, text, now, source=sentence.source)
        return report

    def keep_macro(self, macro: Macro) -> None:
        """Store a macro; raises `ReportStateError` with the reason why it cannot be one."""
        if not is_shortcut(macro.shortcut):
            raise ReportStateError(
                "The letters of a macro are two to twenty, without blanks or square brackets."
            )
        if not macro.sentences or len(macro.text) > LONGEST_MACRO:
            raise ReportStateError("A macro needs a text of at most 4000 letters.")
        if macro.key and not is_macro_key(macro.key):
            raise ReportStateError("A macro's key has Ctrl or Alt in it, or is one of F1 to F12.")
        with self._store.change(Permission.READ) as unit:
            unit.own_texts.put(OwnTextKind.MACRO, macro.shortcut, macro.text)
            if macro.key:
                unit.own_texts.put(OwnTextKind.MACRO_KEY, macro.shortcut, macro.key)
            else:
                unit.own_texts.remove(OwnTextKind.MACRO_KEY, macro.shortcut)

    def remove_macro(self, shortcut: str) -> None:
        """Remove a macro, a shipped one too."""
        is_shipped = any(macro.shortcut == shortcut for macro in shipped_macros())
        with self._store.change(Permission.READ) as unit:
            unit.own_texts.remove(OwnTextKind.MACRO_KEY, shortcut)
            if is_shipped:
                unit.own_texts.put(OwnTextKind.MACRO, shortcut, "")
            else:
                unit.own_texts.remove(OwnTextKind.MACRO, shortcut)

    def import_template(self, path: Path) -> Template:
        """Parse an MRRT file in the worker and store it as a template of the user's own.

        Raises `InputError` or `WorkerError` with the reason why the file is not a template.
        """
        found = self._decoder().template(path)
        template = Template(
            id=str(uuid4()),
            title=found.title or "Imported template",
            use=TemplateUse(),
            sections={Section(name): sentences for name, sentences in found.sections},
            is_own=True,
        )
        with self._store.change(Permission.READ) as unit:
            known = _readable(unit.own_texts.all(OwnTextKind.TEMPLATE).values())
            same = next((one for one in known if one.title == template.title), None)
            # The same file again, or its next version, replaces the template of the same title.
            template = template if same is None else replace(template, id=same.id)
            unit.own_texts.put(OwnTextKind.TEMPLATE, template.id, template_json(template))
        return template

    def remove_template(self, template_id: str) -> None:
        """Delete a template of the user's own."""
        with self._store.change(Permission.READ) as unit:
            unit.own_texts.remove(OwnTextKind.TEMPLATE, template_id)

    def learn(self, word: str) -> None:
        """Add a word to the user's own word list."""
        if not word or len(word) > LONGEST_WORD:
            raise InputError("This is no word.")
        with self._store.change(Permission.READ) as unit:
            unit.own_texts.put(OwnTextKind.WORD, word.lower(), "")

    def misspelled(
        self, texts: Iterable[str], words: frozenset[str]
    ) -> dict[str, tuple[Misspelling, ...]]:
        """Misspelled words by text; texts without any are left out."""
        found = {text: misspellings(text, words) for text in texts}
        return {text: spans for text, spans in found.items() if spans}

    def suggestions(self, word: str) -> tuple[str, ...]:
        """Words that may have been meant, the likeliest first."""
        return suggestions(word)


def _readable(contents: Iterable[str]) -> tuple[Template, ...]:
    """Templates from their JSON; one that a later version wrote differently is left out."""
    found = []
    for content in contents:
        try:
            found.append(template_from_json(content))
        except ValidationError:
            continue
    return tuple(found)
