"""Words that lean on an earlier film, dates and numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.finding import PriorKind
from engine.language.priors import leans_on_prior, prior_mentions

WRITTEN = Path(__file__).resolve().parents[3] / "benchmarks" / "prior_sentences.txt"


@pytest.mark.parametrize(
    ("sentence", "kind", "text"),
    [
        ("The effusion is unchanged.", PriorKind.COMPARISON, "unchanged"),
        ("The tube has been removed.", PriorKind.REMOVAL, "removed"),
        ("Seen on 3/12/2014.", PriorKind.DATE, "3/12/2014"),
        ("Film of March 3, 2012.", PriorKind.DATE, "March 3, 2012"),
        ("A 7 mm nodule.", PriorKind.NUMBER, "7 mm"),
        ("Mass of 2.2 x 1.6 cm.", PriorKind.NUMBER, "2.2 x 1.6 cm"),
        ("A two centimeter nodule.", PriorKind.NUMBER, "two centimeter"),
        ("An 8mm nodule.", PriorKind.NUMBER, "8mm"),
    ],
)
def test_mentions_with_their_place(sentence: str, kind: PriorKind, text: str) -> None:
    mentions = prior_mentions(sentence)
    assert (kind, text) in [(mention.kind, mention.text) for mention in mentions]
    assert all(sentence[m.start : m.end] == m.text for m in mentions)


@pytest.mark.parametrize(
    "sentence",
    [
        "Fracture of T8.",
        "Posterior 7th rib fracture.",
        "2 views of the chest.",
        "Pacemaker with 2 leads.",
        "Prior granulomatous disease.",
        "Mild degenerative change of the spine.",
        "Prior median sternotomy.",
        "L1-L2 disc space narrowing.",
    ],
)
def test_what_a_film_can_show_is_left_alone(sentence: str) -> None:
    assert prior_mentions(sentence) == ()


def test_recall_and_precision_on_the_written_sentences() -> None:
    lines = WRITTEN.read_text(encoding="utf-8").splitlines()
    marked = [(line[0] == "+", leans_on_prior(line[2:])) for line in lines if line[0] in "+-"]
    assert len(marked) >= 150
    hits = sum(true and said for true, said in marked)
    assert hits / sum(true for true, _ in marked) >= 0.98
    assert hits / sum(said for _, said in marked) >= 0.95
