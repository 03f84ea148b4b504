"""Every cue of the lexicon with its examples: one it is for, one it must leave alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine.domain.finding import Certainty, Finding, PriorKind, Side, Trend
from engine.domain.guard import GuardRule, StudyFacts
from engine.domain.report import ReportSentence, Section, SentenceState, new_sentence_id
from engine.language.areas import areas_named
from engine.language.findings import findings_in
from engine.language.header_rules import header_alerts
from engine.language.laterality import sides_in
from engine.language.lexicon import Category, Cue, cues, finding_lexicon
from engine.language.negation_rules import negation_alerts
from engine.language.phrases import folded, found, phrases
from engine.language.priors import leans_on_prior, prior_mentions
from engine.paths import resources


def all_cues(name: str, *lists: str) -> tuple[tuple[str, Cue], ...]:
    return tuple(listed(name, lists))


def listed(name: str, lists: tuple[str, ...]) -> Iterator[tuple[str, Cue]]:
    for key, entries in cues(name).items():
        if not lists or key in lists:
            for cue in entries:
                yield key, cue


def content_of(name: str) -> dict[str, Any]:
    path = resources() / "lexicon" / f"{name}.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def denied(sentence: str) -> list[Finding]:
    return [finding for finding in findings_in(sentence) if not finding.is_asserted]


def asserted(sentence: str) -> list[Finding]:
    return [finding for finding in findings_in(sentence) if finding.is_asserted]


def doubted(sentence: str) -> list[Finding]:
    return [f for f in findings_in(sentence) if f.certainty is Certainty.UNCERTAIN]


CUES = ("scopes", "sides", "course", "priors", "header", "negation")


@pytest.mark.parametrize("name", [*CUES, "findings"])
def test_each_cue_stands_in_its_example(name: str) -> None:
    absent = [
        (key, cue.phrase)
        for key, cue in all_cues(name)
        if not any(found(phrases([cue.phrase]), folded(cue.meant)))
    ]
    assert absent == []


@pytest.mark.parametrize(
    ("key", "cue"), all_cues("scopes", "denies_after", "denies_before", "removes_before")
)
def test_a_word_of_denial_denies_and_leaves_the_other_alone(key: str, cue: Cue) -> None:
    assert denied(cue.meant), cue.meant
    assert asserted(cue.not_meant), cue.not_meant
    assert not denied(cue.not_meant), cue.not_meant


@pytest.mark.parametrize(
    ("key", "cue"),
    all_cues(
        "scopes", "doubts_after", "doubts_before", "doubtful_denials", "alternatives", "rivals"
    ),
)
def test_a_word_of_doubt_doubts_and_leaves_the_other_alone(key: str, cue: Cue) -> None:
    assert doubted(cue.meant), cue.meant
    assert findings_in(cue.not_meant), cue.not_meant
    assert not doubted(cue.not_meant), cue.not_meant


@pytest.mark.parametrize(("key", "cue"), all_cues("scopes", "no_denial"))
def test_what_only_looks_like_a_denial_denies_nothing(key: str, cue: Cue) -> None:
    assert asserted(cue.meant), cue.meant
    assert not denied(cue.meant), cue.meant
    assert denied(cue.not_meant), cue.not_meant


@pytest.mark.parametrize(("key", "cue"), all_cues("scopes", "unclear"))
def test_what_a_film_cannot_show_is_in_doubt_and_not_denied(key: str, cue: Cue) -> None:
    assert doubted(cue.meant), cue.meant
    assert not denied(cue.meant), cue.meant
    assert asserted(cue.not_meant), cue.not_meant
    assert not doubted(cue.not_meant), cue.not_meant


@pytest.mark.parametrize(("key", "cue"), all_cues("scopes", "comes_back", "excepts"))
def test_a_denial_that_is_taken_back_is_none(key: str, cue: Cue) -> None:
    assert asserted(cue.meant), cue.meant
    assert not denied(cue.meant), cue.meant
    assert denied(cue.not_meant), cue.not_meant
    assert not asserted(cue.not_meant), cue.not_meant


@pytest.mark.parametrize(("key", "cue"), all_cues("scopes", "ends"))
def test_a_word_that_ends_a_scope_parts_what_is_denied_from_what_is_there(
    key: str, cue: Cue
) -> None:
    assert denied(cue.meant), cue.meant
    assert asserted(cue.meant), cue.meant
    assert denied(cue.not_meant), cue.not_meant
    assert not asserted(cue.not_meant), cue.not_meant


@pytest.mark.parametrize(("key", "cue"), all_cues("scopes", "openings"))
def test_a_word_that_opens_a_statement_ends_a_list_of_denials(key: str, cue: Cue) -> None:
    assert asserted(cue.meant), cue.meant
    assert not asserted(cue.not_meant), cue.not_meant


@pytest.mark.parametrize(("key", "cue"), all_cues("scopes", "weak_openings"))
def test_a_weak_opening_ends_a_list_of_denials_only_if_no_or_follows(key: str, cue: Cue) -> None:
    assert not asserted(cue.meant)
    assert asserted(cue.not_meant)


@pytest.mark.parametrize(("key", "cue"), all_cues("scopes", "other_things", "missing_parts"))
def test_a_denial_of_another_thing_denies_no_finding(key: str, cue: Cue) -> None:
    assert asserted(cue.meant), cue.meant
    assert not denied(cue.meant), cue.meant
    assert denied(cue.not_meant), cue.not_meant


SIDES = {
    "left": Side.LEFT,
    "implied_left": Side.LEFT,
    "right": Side.RIGHT,
    "implied_right": Side.RIGHT,
    "bilateral": Side.BILATERAL,
}


@pytest.mark.parametrize(("key", "cue"), all_cues("sides", *SIDES))
def test_a_word_of_side_gives_a_side_and_its_like_gives_none(key: str, cue: Cue) -> None:
    assert SIDES[key] in {finding.side for finding in findings_in(cue.meant)}
    assert SIDES[key] not in {finding.side for finding in findings_in(cue.not_meant)}


@pytest.mark.parametrize(("key", "cue"), all_cues("sides", "structures"))
def test_a_structure_gives_no_side(key: str, cue: Cue) -> None:
    assert all(finding.side is Side.NONE for finding in findings_in(cue.meant))
    assert any(mention.is_structure for mention in sides_in(cue.meant))
    assert any(finding.side is not Side.NONE for finding in findings_in(cue.not_meant))


@pytest.mark.parametrize(("key", "cue"), all_cues("sides", "interprets"))
def test_an_interpretation_takes_the_side_of_what_it_explains(key: str, cue: Cue) -> None:
    assert {finding.side for finding in findings_in(cue.meant)} == {Side.LEFT}
    assert Side.NONE in {finding.side for finding in findings_in(cue.not_meant)}


@pytest.mark.parametrize(("key", "cue"), all_cues("course"))
def test_a_word_of_course_tells_it_and_its_like_tells_another(key: str, cue: Cue) -> None:
    trend = Trend(key)
    assert trend in {finding.trend for finding in findings_in(cue.meant)}, cue.meant
    assert trend not in {finding.trend for finding in findings_in(cue.not_meant)}, cue.not_meant


@pytest.mark.parametrize("category", finding_lexicon().categories, ids=lambda one: one.name)
def test_a_category_is_asserted_by_its_example_and_not_named_in_the_other(
    category: Category,
) -> None:
    assert category.name in {finding.category for finding in asserted(category.meant)}
    named = {f.category for f in findings_in(category.not_meant) if f.is_asserted}
    assert category.name not in named


@pytest.mark.parametrize(("key", "cue"), all_cues("findings", "pitfalls"))
def test_a_pitfall_is_no_finding_and_its_like_is_one(key: str, cue: Cue) -> None:
    assert findings_in(cue.meant) == ()
    assert asserted(cue.not_meant)


@pytest.mark.parametrize(("key", "cue"), all_cues("scopes", "denies_at_end"))
def test_a_late_word_of_denial_denies_at_the_end_alone(key: str, cue: Cue) -> None:
    assert denied(cue.meant)
    assert not denied(cue.not_meant)


@pytest.mark.parametrize(("key", "cue"), all_cues("scopes", "one_piece"))
def test_words_that_belong_together_say_less_than_their_like(key: str, cue: Cue) -> None:
    assert not [f for f in asserted(cue.meant) if f.certainty is Certainty.CERTAIN]
    assert [f for f in findings_in(cue.not_meant) if f.certainty is Certainty.CERTAIN]


@pytest.mark.parametrize(("key", "cue"), all_cues("sides", "no_sides"))
def test_words_that_look_like_a_side_give_none(key: str, cue: Cue) -> None:
    assert sides_in(cue.meant) == ()
    assert sides_in(cue.not_meant)


@pytest.mark.parametrize(("key", "cue"), all_cues("priors", "comparison", "removal"))
def test_a_word_of_comparison_leans_on_an_earlier_film_and_its_like_on_none(
    key: str, cue: Cue
) -> None:
    assert PriorKind(key) in {mention.kind for mention in prior_mentions(cue.meant)}
    assert prior_mentions(cue.not_meant) == ()


@pytest.mark.parametrize(("key", "cue"), all_cues("priors", "no_comparison"))
def test_history_that_a_film_can_show_leans_on_nothing(key: str, cue: Cue) -> None:
    assert not leans_on_prior(cue.meant)
    assert leans_on_prior(cue.not_meant)


HEADERS = {
    "male": (GuardRule.SEX, StudyFacts(sex="F")),
    "female": (GuardRule.SEX, StudyFacts(sex="M")),
    "child": (GuardRule.AGE, StudyFacts(age_years=40)),
    "elderly": (GuardRule.AGE, StudyFacts(age_years=40)),
    "lateral": (GuardRule.VIEW, StudyFacts(frontal_films=1)),
    "single": (GuardRule.VIEW, StudyFacts(frontal_films=1, lateral_films=1)),
}


def row(text: str) -> ReportSentence:
    return ReportSentence(
        id=new_sentence_id(), section=Section.FINDINGS, text=text, state=SentenceState.AUTHOR
    )


@pytest.mark.parametrize(("key", "cue"), all_cues("header", *HEADERS))
def test_a_word_against_the_header_is_asked_about_and_its_like_is_not(key: str, cue: Cue) -> None:
    rule, facts = HEADERS[key]
    assert [alert.rule for alert in header_alerts([row(cue.meant)], facts)] == [rule]
    assert header_alerts([row(cue.not_meant)], facts) == ()


@pytest.mark.parametrize(("key", "cue"), all_cues("header", "not_lateral"))
def test_a_lateral_film_that_is_only_spoken_of_is_not_asked_about(key: str, cue: Cue) -> None:
    rule, facts = HEADERS["lateral"]
    assert header_alerts([row(cue.meant)], facts) == ()
    assert [alert.rule for alert in header_alerts([row(cue.not_meant)], facts)] == [rule]


@pytest.mark.parametrize(
    ("key", "cue"),
    all_cues(
        *("negation", "only_denied", "says_not_what"),
        *("degree_denied", "twice_denied", "denied_with_cause"),
    ),
)
def test_a_sentence_that_lost_its_no_is_asked_about_and_its_like_is_not(key: str, cue: Cue) -> None:
    assert negation_alerts([row(cue.meant)])
    assert not negation_alerts([row(cue.not_meant)])


@pytest.mark.parametrize(("key", "cue"), all_cues("negation", "has_more"))
def test_a_word_that_says_more_of_a_finding_keeps_its_sentence_from_being_asked_about(
    key: str, cue: Cue
) -> None:
    assert not negation_alerts([row(cue.meant)])
    assert negation_alerts([row(cue.not_meant)])


def test_no_list_of_phrases_is_without_its_examples() -> None:
    read = {name: content_of(name) for name in CUES}
    bare = [
        (name, key, phrase)
        for name, content in read.items()
        for key, entries in content.items()
        if isinstance(entries, list)
        for phrase in entries
        # A category's name is no phrase.
        if isinstance(phrase, str) and set(phrase) & set(" ~*|") and phrase.islower()
    ]
    assert bare == []


@pytest.mark.parametrize("entry", content_of("findings")["normal"], ids=lambda one: one["for"])
def test_a_statement_of_normality_denies_what_is_meant_by_it(entry: dict[str, Any]) -> None:
    assert set(entry["denies"]) <= {finding.category for finding in denied(entry["for"])}
    assert set(entry["denies"]).isdisjoint(f.category for f in denied(entry["not"]))


@pytest.mark.parametrize("entry", content_of("areas")["areas"], ids=lambda one: one["name"])
def test_a_review_area_is_named_by_its_example_and_not_by_the_other(entry: dict[str, Any]) -> None:
    assert entry["name"] in areas_named(entry["for"])
    assert entry["name"] not in areas_named(entry["not"])
