"""Templates of reports: read from `resources/templates`, chosen by the study, put into a report.

A template only fills what nobody has touched: a section without a kept sentence, a review area
that nothing was said about.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from engine.domain.areas import AreaState, ReviewArea
from engine.domain.fields import fields_in, with_defaults
from engine.domain.report import Report, Section, SentenceSource, SentenceState
from engine.domain.study import Study, View
from engine.domain.template import Macro, Template, TemplateUse
from engine.paths import resources
from engine.report.areas import review_areas
from engine.report.findings import findings_in
from engine.report.guards import facts_of

_TEMPLATE = TypeAdapter(Template)
_MACROS = "macros"
_ADULT = 40


@cache
def shipped_templates() -> tuple[Template, ...]:
    """The templates that come with the program, by title."""
    folder = resources() / "templates"
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.stem != _MACROS:
            content = json.loads(path.read_text(encoding="utf-8"))
            found.append(template_of({**content, "id": path.stem}))
    return tuple(sorted(found, key=lambda one: one.title))


@cache
def shipped_macros() -> tuple[Macro, ...]:
    """The macros that come with the program."""
    path = resources() / "templates" / f"{_MACROS}.json"
    content: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["macros"]
    return tuple(Macro(shortcut=letters, text=text) for letters, text in content.items())


def template_of(content: Mapping[str, Any]) -> Template:
    """A template of its JSON; raises `pydantic.ValidationError`."""
    return _TEMPLATE.validate_python(dict(content))


def template_json(template: Template) -> str:
    """A template as JSON."""
    return _TEMPLATE.dump_json(template).decode()


def template_from_json(content: str) -> Template:
    """The template that `template_json` wrote; raises `pydantic.ValidationError`."""
    return _TEMPLATE.validate_json(content)


def fitting(templates: Iterable[Template], study: Study) -> tuple[Template, ...]:
    """The templates that are meant for a study, the most particular first; a reader's own win.

    A patient whose age the header does not say counts as an adult.
    """
    age = facts_of(study, has_linked_prior=False).age_years
    able = [one for one in templates if _fits(one.use, study, _ADULT if age is None else age)]
    return tuple(sorted(able, key=lambda one: (-_particular(one.use), not one.is_own, one.title)))


def with_template(report: Report, template: Template, now: datetime) -> Report:
    """The report with the template's sentences in every section that has none."""
    for section in Section:
        if not report.kept(section):
            for text in template.sections.get(section, ()):
                report = report.with_sentence(section, text, now, source=SentenceSource.TEMPLATE)
    return report


def with_normal(report: Report, template: Template | None, now: datetime) -> Report:
    """The normal report: only what nobody has touched is filled, and only with what is complete.

    The normal sentence of every review area that nothing was said about, unless it denies what the
    reader has rejected a denial of; the technique if there is none; the impression if there is
    none and no sentence asserts anything. A sentence whose fields have no default is left out,
    since a field would have to be filled first.
    """
    areas = areas_with(review_areas(report), template)
    refused = _refused_denials(report)
    silent = [
        area.normal
        for area in areas
        if area.state is AreaState.SILENT and not refused & _denied(area.normal)
    ]
    wanted: list[tuple[Section, str]] = []
    if template is not None and not report.kept(Section.TECHNIQUE):
        wanted += [
            (Section.TECHNIQUE, text) for text in template.sections.get(Section.TECHNIQUE, ())
        ]
    wanted += [(Section.FINDINGS, text) for text in silent]
    if template is not None and not refused and _may_be_normal(report):
        wanted += [
            (Section.IMPRESSION, text) for text in template.sections.get(Section.IMPRESSION, ())
        ]
    for section, text in wanted:
        filled = with_defaults(text)
        if not fields_in(filled):
            report = report.with_sentence(section, filled, now, source=SentenceSource.TEMPLATE)
    return report


def areas_with(areas: tuple[ReviewArea, ...], template: Template | None) -> tuple[ReviewArea, ...]:
    """The review areas with the sentences that the template has for them."""
    own = template.normal if template is not None else {}
    return tuple(replace(area, normal=own.get(area.name, area.normal)) for area in areas)


def _refused_denials(report: Report) -> frozenset[str]:
    """Findings that only sentences denied which the reader has rejected."""
    rejected = (s for s in report.sentences if s.state is SentenceState.AI_REJECTED)
    refused = frozenset[str]().union(*(_denied(sentence.draft_text) for sentence in rejected))
    return refused.difference(*(_denied(sentence.text) for sentence in report.kept()))


def _denied(text: str) -> frozenset[str]:
    return frozenset(one.category for one in findings_in(text) if not one.is_asserted)


def _may_be_normal(report: Report) -> bool:
    """Whether nothing is said against a normal impression, and none is there."""
    if report.kept(Section.IMPRESSION):
        return False
    told = report.kept(Section.FINDINGS)
    return not any(finding.is_asserted for s in told for finding in findings_in(s.text))


def _fits(use: TemplateUse, study: Study, age_years: int) -> bool:
    frontal = study.frontal
    position = frontal.view_position.upper() if frontal is not None else ""
    part = next((image.body_part.upper() for image in study.images if image.body_part), "")
    has_lateral = study.lateral is not None
    return (
        use.least_age <= age_years <= use.greatest_age
        and use.projection in ("", position)
        and use.sex in ("", study.patient.sex)
        and use.lateral in (None, has_lateral)
        # One that says which views there are speaks of a frontal film too.
        and (use.lateral is None or not has_lateral or _may_have_frontal(study))
        and (not use.body_parts or part in use.body_parts)
    )


def _may_have_frontal(study: Study) -> bool:
    return any(image.view is not View.LATERAL for image in study.images)


def _particular(use: TemplateUse) -> int:
    """How many facts of the study a template asks for."""
    asked = (use.projection, use.lateral is not None, use.sex, use.body_parts)
    return sum(map(bool, asked)) + (use.least_age > 0 or use.greatest_age < 200)
