"""House style: the same findings before and after, no word lost, reading order."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.report import DraftSentence
from engine.language.findings import findings_in
from engine.language.sentences import sentences
from engine.language.style import house_style, in_house_style, meaning_of, phrased
from engine.paths import resources


def drafted(text: str) -> tuple[DraftSentence, ...]:
    words = text.split()
    return sentences(words, [-0.1] * len(words))


@pytest.mark.parametrize(
    ("told", "house"),
    [
        ("Lungs are clear.", "The lungs are clear."),
        ("Heart size within normal limits.", "The heart is normal in size."),
        (
            "There is no focal consolidation pneumothorax or pleural effusion.",
            "No focal consolidation, pleural effusion or pneumothorax.",
        ),
        ("There is a small left pleural effusion.", "Small left pleural effusion."),
        ("No pneumothorax is seen.", "No pneumothorax."),
    ],
)
def test_the_usual_phrase_stands_for_the_same_findings(told, house):
    assert phrased(told) == house


@pytest.mark.parametrize(
    "told",
    [
        "Trace left pleural effusion.",
        "Both lungs are clear and expanded.",
        "Stable small left pleural effusion.",
        "Possible small left pleural effusion.",
        "No large pneumothorax.",
        "Small left pleural effusion, measuring 3 cm.",
        "Small right pleural effusion and cardiomegaly.",
        "Xyz.",
    ],
)
def test_a_sentence_with_a_word_of_its_own_stands_as_it_is(told):
    assert phrased(told) == told


def test_every_house_phrase_is_its_own_and_says_something_but_the_free_words():
    for said, phrases in house_style().phrases.items():
        assert said, phrases
        for phrase in phrases:
            assert meaning_of(phrase.text) == said
            assert phrased(phrased(phrase.text)) == phrased(phrase.text)


WORDS = sorted(
    {
        word
        for entry in json.loads((resources() / "lexicon" / "house.json").read_text())["phrases"]
        for word in (*entry["say"].lower().strip(".").replace(",", "").split(), *entry["also"])
        if word.isalpha()
    }
    | {"no", "not", "without", "possible", "stable", "small", "large", "left", "right", "or"}
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7), min_size=1, max_size=6))
def test_findings_are_the_same_before_and_after(lines):
    before = drafted(" . ".join(" ".join(line) for line in lines) + " .")
    after, order = in_house_style(before)
    assert len(set(order)) == len(order)
    assert len({sentence.text for sentence in after}) == len(after), "none stands twice"
    for sentence, place in zip(after, order, strict=True):
        assert meaning_of(sentence.text) == meaning_of(before[place].text)
        assert sentence.raw == before[place].raw
        assert sentence.log_prob == before[place].log_prob
    facts = [{meaning_of(s.text) for s in told} for told in (before, after)]
    assert facts[0] == facts[1]


def test_sentences_stand_in_reading_order_and_lean_on_the_one_before():
    before = drafted(
        "no fracture . small left pleural effusion . this may be chronic . the lungs are clear ."
    )
    after, order = in_house_style(before)
    assert [s.text for s in after] == [
        "The lungs are clear.",
        "Small left pleural effusion.",
        "This may be chronic.",
        "No fracture.",
    ]
    assert order == (3, 1, 2, 0)


def test_what_house_style_makes_the_same_is_said_once():
    before = drafted(
        "there is a small left pleural effusion . the heart is normal in size ."
        " small left pleural effusion . heart size within normal limits ."
    )
    after, order = in_house_style(before)
    assert [s.text for s in after] == [
        "Small left pleural effusion.",
        "The heart is normal in size.",
    ]
    assert order == (0, 1)


def test_what_leaned_on_a_repeat_follows_the_one_that_stands():
    before = drafted(
        "small left pleural effusion . this may be chronic . a left picc . no fracture ."
        " there is a small left pleural effusion . this may be malignant ."
    )
    after, _ = in_house_style(before)
    texts = [s.text for s in after]
    place = texts.index("Small left pleural effusion.")
    assert texts[place + 1 : place + 3] == ["This may be chronic.", "This may be malignant."]
    assert texts.count("Small left pleural effusion.") == 1


def test_rewording_can_be_told_from_typography():
    same, other = in_house_style(drafted("no pneumothorax . heart size normal ."))[0]
    assert not same.is_reworded
    assert other.is_reworded
    assert findings_in(other.text)
