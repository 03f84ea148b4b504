"""The word lists of `resources/lexicon`, read once and compiled.

Lists and rules are kept apart so that a radiologist can read and correct the lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.domain.finding import Severity
from engine.language.phrases import Phrases, compiled, phrases
from engine.paths import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One kind of finding that a report can state.

    Attributes:
        chexpert: Its CheXpert category, one of 14; empty if it has none.
        mesh: Indiana University codes for the finding: a heading, then qualifiers that must all be
            there, e.g. ("lung", "hypoinflation").
        is_acute: Whether "no acute abnormality" would deny it.
        meant: An example sentence that asserts it.
        not_meant: A similar example that does not name it.
        counts_in_doubt: Whether a report that only suspects the finding is labelled with it, as
            Indiana University's coders do for atelectasis but not for pneumonia.
    """

    name: str
    chexpert: str
    mesh: tuple[tuple[str, ...], ...]
    is_acute: bool
    meant: str
    not_meant: str
    counts_in_doubt: bool
    patterns: Phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLexicon:
    """`findings.json`.

    Attributes:
        overall: Name of the category that stands for any acute disease.
        terms: The phrases of all categories and of `overall`.
        stands_for: The categories of each phrase.
        normal: Phrases of normality, including those for the whole chest.
        denied_by: The categories that each phrase of normality denies.
        opposites: Pairs of categories that exclude each other.
        never_alternatives: Categories that "or" does not put in doubt: "effusion or pneumothorax"
            are not two names for one shadow.
        beside: Categories that are kept beside the names that contain them: a misplaced tube is a
            tube as well.
        pitfalls: Phrases that look like a finding and are none: "nipple shadow", "soft tissue
            oedema".
        places: Name of each part of the chest with its phrases.
    """

    categories: tuple[Category, ...]
    overall: str
    overall_patterns: Phrases
    terms: Phrases
    stands_for: Mapping[re.Pattern[str], tuple[str, ...]]
    normal: Phrases
    denied_by: Mapping[re.Pattern[str], tuple[str, ...]]
    opposites: tuple[tuple[str, str], ...]
    never_alternatives: frozenset[str]
    beside: frozenset[str]
    pitfalls: Phrases
    places: tuple[tuple[str, Phrases], ...]
    severities: tuple[tuple[Severity, Phrases], ...]

    def category(self, name: str) -> Category | None:
        """The category of that name; None for `overall`."""
        return next((c for c in self.categories if c.name == name), None)


@cache
def finding_lexicon() -> FindingLexicon:
    """The findings, sites and severities of `findings.json`."""
    content = _content("findings")
    overall = content["overall"]["name"]
    terms = [(entry["terms"], (entry["name"],)) for entry in content["categories"]]
    terms.append((content["overall"]["terms"], (overall,)))
    normal = [(entry["says"], tuple(entry["denies"])) for entry in content["normal"]]
    normal.append((content["normal_study"], (overall,)))
    return FindingLexicon(
        categories=tuple(_category(entry) for entry in content["categories"]),
        overall=overall,
        overall_patterns=phrases(content["overall"]["terms"]),
        terms=phrases(phrase for listed, _ in terms for phrase in listed),
        stands_for=_owners(terms),
        normal=phrases(phrase for listed, _ in normal for phrase in listed),
        denied_by=_owners(normal),
        opposites=tuple((first, second) for first, second in content["opposites"]),
        never_alternatives=frozenset(content["never_alternatives"]),
        pitfalls=phrases(cue.phrase for cue in cues("findings")["pitfalls"]),
        beside=frozenset(e["name"] for e in content["categories"] if e.get("beside")),
        places=tuple((name, phrases(words)) for name, words in content["places"].items()),
        severities=tuple(
            (Severity(name), phrases(words)) for name, words in content["severities"].items()
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One entry of a list of cues.

    Attributes:
        phrase: In the language of `engine.language.phrases`.
        meant: An example that the cue must match.
        not_meant: An example that it must not match.
    """

    phrase: str
    meant: str
    not_meant: str


@cache
def cues(name: str) -> dict[str, tuple[Cue, ...]]:
    """The lists of cues in `name.json`, each cue with its examples."""
    content = _content(name)
    return {
        key: tuple(
            Cue(phrase=_expanded(one["cue"], content), meant=one["for"], not_meant=one["not"])
            for one in value
        )
        for key, value in content.items()
        if isinstance(value, list) and value and all("cue" in one for one in value)
    }


@cache
def finding_words() -> frozenset[str]:
    """Every whole word of the findings and statements of normality: targets for misspellings."""
    content = _content("findings")
    lists = [*(entry["terms"] for entry in content["categories"]), content["overall"]["terms"]]
    lists += [entry["says"] for entry in content["normal"]]
    pieces = " ".join(piece for listed in lists for piece in listed).split()
    choices = (choice for piece in pieces for choice in piece.removesuffix("?").split("|"))
    words = {choice for choice in choices if choice.isalpha()}
    return frozenset(words | set(content["stem_words"]) | {"right", "bilateral", "lower", "upper"})


@cache
def cue_words() -> frozenset[str]:
    """Every word of the cues; such a word ("explanted") is not a misspelt finding."""
    every = (
        cue.phrase
        for name in ("scopes", "sides", "course", "priors")
        for listed in cues(name).values()
        for cue in listed
    )
    return frozenset(re.findall(r"[a-z]+", " ".join(every)))


class _Lists(dict[str, Phrases]):
    """The lists of one file, each compiled on first use."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def __missing__(self, key: str) -> Phrases:
        own = cues(self._name).get(key)
        written = _content(self._name)[key] if own is None else [cue.phrase for cue in own]
        self[key] = phrases(written)
        return self[key]


@cache
def phrase_lists(name: str) -> Mapping[str, Phrases]:
    """The lists of phrases and of cues in `name.json`, compiled on first use."""
    return _Lists(name)


@cache
def word_set(name: str, key: str) -> frozenset[str]:
    """A list of single words in `name.json`."""
    return frozenset(_content(name)[key])


@cache
def category_names(name: str, key: str) -> frozenset[str]:
    """A list of categories in `name.json`.

    Raises:
        KeyError: There is no such list.
        ValueError: It names an unknown category.
    """
    names = frozenset(_content(name)[key])
    if unknown := names - {one.name for one in finding_lexicon().categories}:
        raise ValueError(f"no such category: {', '.join(sorted(unknown))}")
    return names


@cache
def category_groups(name: str, key: str) -> tuple[frozenset[str], ...]:
    """A list of groups of categories in `name.json`; raises the errors of `category_names`."""
    known = {one.name for one in finding_lexicon().categories}
    groups = tuple(frozenset(group) for group in _content(name)[key])
    if unknown := frozenset().union(*groups) - known:
        raise ValueError(f"no such category: {', '.join(sorted(unknown))}")
    return groups


@cache
def word_pairs(name: str, key: str) -> tuple[tuple[str, str], ...]:
    """A list of word pairs in `name.json`."""
    return tuple((first, second) for first, second in _content(name)[key])


def _owners(
    lists: Iterable[tuple[Iterable[str], tuple[str, ...]]],
) -> Mapping[re.Pattern[str], tuple[str, ...]]:
    owners: dict[re.Pattern[str], tuple[str, ...]] = {}
    for listed, names in lists:
        for phrase in listed:
            pattern = compiled(phrase)
            owners[pattern] = tuple(dict.fromkeys((*owners.get(pattern, ()), *names)))
    return owners


def _category(entry: dict[str, Any]) -> Category:
    return Category(
        name=entry["name"],
        chexpert=entry["chexpert"],
        mesh=tuple(tuple(code.lower().split("/")) for code in entry["mesh"]),
        is_acute=entry["acute"],
        meant=entry["for"],
        not_meant=entry["not"],
        counts_in_doubt=entry["doubt_counts"],
        patterns=phrases(entry["terms"]),
    )


def _expanded(phrase: str, content: dict[str, Any]) -> str:
    """The phrase with each list name in capitals replaced by its words (`words` in the file)."""
    for name, words in content.get("words", {}).items():
        phrase = re.sub(rf"(?<![A-Z]){name}(?![A-Z])", words, phrase)
    return phrase


@cache
def _content(name: str) -> dict[str, Any]:
    path = resources() / "lexicon" / f"{name}.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
