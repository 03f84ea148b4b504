"""The word lists of `resources/lexicon`, read once and compiled.

Lists and rules are kept apart so that a radiologist can read and correct the lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.domain.finding import Severity
from engine.paths import resources
from engine.report.phrases import compiled

Patterns = tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One thing that a report can find.

    Attributes:
        chexpert: Which of the 14 CheXpert categories it counts as; empty if none.
        mesh: Indiana University codes that stand for it: heading, then qualifiers that must all
            be there, e.g. ("lung", "hypoinflation").
        is_acute: Whether "no acute abnormality" would deny it.
        counts_in_doubt: Whether a report that only suspects it is labelled with it, as Indiana
            University's coders do with atelectasis and do not with pneumonia.
    """

    name: str
    chexpert: str
    mesh: tuple[tuple[str, ...], ...]
    is_acute: bool
    counts_in_doubt: bool
    patterns: Patterns


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalStatement:
    """A phrase of normality and the categories that it denies."""

    patterns: Patterns
    denies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLexicon:
    """`findings.json`.

    Attributes:
        overall: Name of the category that stands for any acute disease.
        normal_study: Phrases that call the whole chest normal.
        opposites: Pairs of categories that exclude each other.
        never_alternatives: Categories that "or" does not put in doubt: "effusion or pneumothorax"
            are no two names for one shadow.
        places: Name of each part of the chest with its phrases.
    """

    categories: tuple[Category, ...]
    overall: str
    overall_patterns: Patterns
    normal: tuple[NormalStatement, ...]
    normal_study: Patterns
    opposites: tuple[tuple[str, str], ...]
    never_alternatives: frozenset[str]
    places: tuple[tuple[str, Patterns], ...]
    severities: tuple[tuple[Severity, Patterns], ...]

    def category(self, name: str) -> Category | None:
        """The category of that name; None for `overall`."""
        return next((c for c in self.categories if c.name == name), None)


@cache
def finding_lexicon() -> FindingLexicon:
    """The findings, places and severities."""
    content = _content("findings")
    return FindingLexicon(
        categories=tuple(_category(entry) for entry in content["categories"]),
        overall=content["overall"]["name"],
        overall_patterns=patterns(content["overall"]["terms"]),
        normal=tuple(
            NormalStatement(patterns=patterns(entry["says"]), denies=tuple(entry["denies"]))
            for entry in content["normal"]
        ),
        normal_study=patterns(content["normal_study"]),
        opposites=tuple((first, second) for first, second in content["opposites"]),
        never_alternatives=frozenset(content["never_alternatives"]),
        places=tuple((name, patterns(words)) for name, words in content["places"].items()),
        severities=tuple(
            (Severity(name), patterns(words)) for name, words in content["severities"].items()
        ),
    )


@cache
def phrase_lists(name: str) -> dict[str, Patterns]:
    """The lists of phrases in `name.json`, compiled."""
    content = _content(name)
    return {
        key: patterns(value)
        for key, value in content.items()
        if isinstance(value, list) and all(isinstance(phrase, str) for phrase in value)
    }


@cache
def category_names(name: str, key: str) -> frozenset[str]:
    """A list of categories in `name.json`.

    Raises:
        KeyError: There is no such list.
        ValueError: It names a category that there is not.
    """
    names = frozenset(_content(name)[key])
    if unknown := names - {category.name for category in finding_lexicon().categories}:
        raise ValueError(f"no such category: {', '.join(sorted(unknown))}")
    return names


@cache
def word_pairs(name: str, key: str) -> tuple[tuple[str, str], ...]:
    """A list of pairs of words in `name.json`."""
    return tuple((first, second) for first, second in _content(name)[key])


def patterns(phrases: Iterable[str]) -> Patterns:
    """Phrases, compiled."""
    return tuple(compiled(phrase) for phrase in phrases)


def _category(entry: dict[str, Any]) -> Category:
    return Category(
        name=entry["name"],
        chexpert=entry["chexpert"],
        mesh=tuple(tuple(code.lower().split("/")) for code in entry["mesh"]),
        is_acute=entry["acute"],
        counts_in_doubt=entry["doubt_counts"],
        patterns=patterns(entry["terms"]),
    )


def _content(name: str) -> dict[str, Any]:
    path = resources() / "lexicon" / f"{name}.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
