"""Report templates: read from `resources/templates`, chosen by study, inserted into reports.

A template fills only sections without a kept sentence. `engine.language.normal_report` inserts its
sentences about normal areas.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from engine.domain.fields import Field, fields_in
from engine.domain.projection import stated_projection
from engine.domain.report import Report, Section, SentenceSource
from engine.domain.study import Study, View
from engine.domain.template import Macro, Template, TemplateUse
from engine.language.guards import facts_of
from engine.paths import resources

_TEMPLATE = TypeAdapter(Template)
_MACROS = "macros"
_ADULT = 40


@cache
def shipped_templates() -> tuple[Template, ...]:
    """The templates shipped with the program, sorted by title."""
    folder = resources() / "templates"
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.stem != _MACROS:
            content = json.loads(path.read_text(encoding="utf-8"))
            found.append(template_of({**content, "id": path.stem}))
    return tuple(sorted(found, key=lambda one: one.title))


@cache
def shipped_macros() -> tuple[Macro, ...]:
    """The macros shipped with the program."""
    path = resources() / "templates" / f"{_MACROS}.json"
    content: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["macros"]
    return tuple(Macro(shortcut=letters, text=text) for letters, text in content.items())


def template_of(content: Mapping[str, Any]) -> Template:
    """The template of a JSON object; raises `pydantic.ValidationError`."""
    return _TEMPLATE.validate_python(dict(content))


def template_json(template: Template) -> str:
    """The template as JSON, for `template_from_json`."""
    return _TEMPLATE.dump_json(template).decode()


def template_from_json(content: str) -> Template:
    """The template that `template_json` wrote; raises `pydantic.ValidationError`."""
    return _TEMPLATE.validate_json(content)


def fitting(templates: Iterable[Template], study: Study) -> tuple[Template, ...]:
    """The templates that fit a study: most specific first, and of equals the reader's own first.

    A patient without an age in the header counts as an adult.
    """
    age = facts_of(study, has_linked_prior=False).age_years
    able = [one for one in templates if _fits(one.use, study, _ADULT if age is None else age)]
    return tuple(sorted(able, key=lambda one: (-_particular(one.use), not one.is_own, one.title)))


def with_template(
    report: Report, template: Template, now: datetime, *, comparison: str = ""
) -> Report:
    """The report with the template's sentences in every section that has none.

    A known comparison replaces the template's text for that section.
    """
    texts = dict(template.sections)
    if comparison:
        texts[Section.COMPARISON] = (comparison,)
    for section in Section:
        if not report.kept(section):
            for text in texts.get(section, ()):
                report = report.with_sentence(section, text, now, source=SentenceSource.TEMPLATE)
    return report


def comparison_text(priors: Iterable[Study]) -> str:
    """The films to compare with, e.g. "Chest AP, 2026-03-04."; undated studies are left out."""
    named = [
        f"{_views_of(prior)}, {prior.study_date.isoformat()}"
        for prior in priors
        if prior.study_date is not None
    ]
    return f"Chest {'; '.join(named)}." if named else ""


def _views_of(study: Study) -> str:
    frontal = study.frontal
    if frontal is None:
        return "lateral" if study.lateral is not None else "radiograph"
    first = stated_projection(frontal.view_position) or "frontal"
    return f"{first} and lateral" if study.lateral is not None else first


def is_ours(field: Field) -> bool:
    """Whether a field comes from a template or macro and is not merely text in brackets.

    Pick lists and fields with a default always do; a plain name does if a shipped text has it.
    """
    return bool(field.choices or field.default) or field.name.casefold() in _names_of_fields()


@cache
def _names_of_fields() -> frozenset[str]:
    texts = [text for one in shipped_templates() for part in one.sections.values() for text in part]
    texts += [macro.text for macro in shipped_macros()]
    return frozenset(field.name.casefold() for text in texts for field in fields_in(text))


def _fits(use: TemplateUse, study: Study, age_years: int) -> bool:
    frontal = study.frontal
    position = stated_projection(frontal.view_position) if frontal is not None else ""
    part = next((image.body_part.upper() for image in study.images if image.body_part), "")
    has_lateral = study.lateral is not None
    return (
        use.least_age <= age_years <= use.greatest_age
        and use.projection in ("", position)
        and use.sex in ("", study.patient.sex)
        and use.lateral in (None, has_lateral)
        # A template that names its views needs a frontal film as well.
        and (use.lateral is None or not has_lateral or _may_have_frontal(study))
        and (not use.body_parts or part in use.body_parts)
    )


def _may_have_frontal(study: Study) -> bool:
    return any(image.view is not View.LATERAL for image in study.images)


def _particular(use: TemplateUse) -> int:
    """Number of facts of the study that a template requires."""
    asked = (use.projection, use.lateral is not None, use.sex, use.body_parts)
    return sum(map(bool, asked)) + (use.least_age > 0 or use.greatest_age < 200)
