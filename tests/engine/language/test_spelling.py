"""Spelling: medical words are known, slips are found, the likeliest word comes first."""

from __future__ import annotations

import socket

import pytest
from testkit.workspaces import any_report

from engine.language.areas import review_areas
from engine.language.spelling import misspellings, suggestions
from engine.language.template import shipped_macros, shipped_templates


def words(text: str, own: frozenset[str] = frozenset()) -> list[str]:
    return [found.word for found in misspellings(text, own)]


def test_slips_are_found_where_they_stand():
    text = "The lungs are claer. No pnuemothorax."
    found = misspellings(text)
    assert [text[one.start : one.end] for one in found] == ["claer", "pnuemothorax"]


@pytest.mark.parametrize(
    "text",
    [
        "Hyperexpanded lungs with bibasilar atelectasis and costophrenic blunting.",
        "Oedema, haemothorax and a port-a-cath; the patient's aorta is ectatic.",
        "An 8 mm spiculated nodule; the tip projects over the superior vena cava.",
        "PICC in the SVC, T7-T8 osteophytes, 3cm, [blub blab].",
        "",
    ],
)
def test_medical_words_capitals_numbers_and_fields_are_left_alone(text):
    assert words(text) == []


def test_our_own_sentences_are_spelled_right():
    ours = [area.normal for area in review_areas(any_report())]
    ours += [s for m in shipped_macros() for s in m.sentences]
    ours += [s for t in shipped_templates() for part in t.sections.values() for s in part]
    assert {text: words(text) for text in ours if words(text)} == {}


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("efusion", "effusion"), ("Claer", "Clear"), ("cardiomegally", "cardiomegaly")],
)
def test_the_likeliest_word_comes_first(slip, meant):
    assert suggestions(slip)[0] == meant


def test_a_readers_own_words_are_known():
    assert words("Zyxomatic.") == ["Zyxomatic"]
    assert words("Zyxomatic.", frozenset({"zyxomatic"})) == []


def test_no_network_is_asked(monkeypatch):
    monkeypatch.setattr(socket, "socket", None)
    assert words("Teh heart.") == ["Teh"]
