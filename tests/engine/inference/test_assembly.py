"""A draft put together from sentences: what the draws agree on, without contradictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from engine.domain.bundle import AssemblySpec
from engine.domain.progress import CancelToken
from engine.errors import CancelledError
from engine.inference.assembly import Assembler
from engine.inference.ngrams import count_reports
from engine.inference.tokenizer import BOS, EOS, PAD, UNK, Tokenizer

HEART, LUNGS, BONES = "the heart is normal in size .", "the lungs are clear .", "no fracture ."
EFFUSION, NO_EFFUSION = "small right pleural effusion .", "no pleural effusion ."
LEFT_EFFUSION = "small left pleural effusion ."
PRIOR = "the effusion has resolved since the prior examination ."
OTHERS = "the aorta is tortuous . no pneumothorax . no pneumothorax or pleural effusion ."


def tokenizer() -> Tokenizer:
    texts = (HEART, LUNGS, BONES, EFFUSION, NO_EFFUSION, LEFT_EFFUSION, PRIOR, OTHERS)
    words = [PAD, BOS, EOS, UNK, *sorted(set(" ".join(texts).split()))]
    return Tokenizer({word: n for n, word in enumerate(words)})


TOKENIZER = tokenizer()


def told(
    *draws: str,
    probabilities: Mapping[str, float] | None = None,
    most_words: int = 60,
    spec: AssemblySpec | None = None,
    cancel: CancelToken | None = None,
    others: int = 5,
    often: tuple[str, ...] = (),
) -> list[str]:
    """The sentences of the draft from these draws; the model draws OTHERS and `often` elsewhere."""
    ids = [TOKENIZER.ids(draw) for draw in draws]
    assembler = Assembler(
        tokenizer=TOKENIZER,
        table=count_reports([*ids, *[TOKENIZER.ids(one) for one in (OTHERS, *often)] * others]),
        spec=spec or AssemblySpec(),
        most_words=most_words,
    )
    text = assembler.assembled(ids, probabilities or {}, cancel or CancelToken())
    parts = " ".join(TOKENIZER.words(text)).split(" .")
    return [f"{part.strip()} ." for part in parts if part.strip()]


def test_it_says_what_no_single_draw_says() -> None:
    found = told(f"{HEART} {LUNGS}", f"{HEART} {BONES}", f"{LUNGS} {BONES}", f"{HEART} {LUNGS}")
    assert set(found) == {HEART, LUNGS, BONES}


def test_sentences_stand_in_the_order_of_the_draws() -> None:
    assert told(f"{LUNGS} {HEART}", f"{LUNGS} {HEART}") == [LUNGS, HEART]
    assert told(f"{HEART} {LUNGS}", f"{HEART} {LUNGS}") == [HEART, LUNGS]


def test_no_contradiction_stands_although_the_draws_are_even() -> None:
    found = told(*[f"{HEART} {EFFUSION}"] * 3, *[f"{HEART} {NO_EFFUSION}"] * 3)
    assert HEART in found
    assert len({EFFUSION, NO_EFFUSION} & set(found)) == 1


def test_nothing_is_said_twice() -> None:
    found = told(*["no pneumothorax . no pneumothorax . no pneumothorax or pleural effusion ."] * 4)
    assert found == ["no pneumothorax or pleural effusion ."]


def test_nothing_leans_on_a_prior_even_if_every_draw_does() -> None:
    assert told(*[f"{HEART} {PRIOR}"] * 4) == [HEART]
    assert told(PRIOR, PRIOR) == []


def test_a_side_that_the_draws_dispute_is_not_claimed() -> None:
    assert told(f"{HEART} {EFFUSION}", f"{HEART} {LEFT_EFFUSION}") == [HEART]
    most = [f"{HEART} {EFFUSION}"] * 5
    assert EFFUSION in told(*most, f"{HEART} {LEFT_EFFUSION}")


def test_the_label_head_decides_where_the_draws_do_not() -> None:
    draws = [f"{HEART} {EFFUSION}"] * 2 + [f"{HEART} {NO_EFFUSION}"] * 2
    assert EFFUSION in told(*draws, probabilities={"Pleural Effusion": 0.9})
    assert EFFUSION not in told(*draws, probabilities={"Pleural Effusion": 0.01})


def test_a_sentence_that_was_cut_is_not_used() -> None:
    assert told(f"{HEART} the lungs are", f"{HEART} the lungs are") == [HEART]


def test_the_draft_is_no_longer_than_the_model_reads() -> None:
    draws = [f"{HEART} {LUNGS} {BONES}"] * 3
    assert len(" ".join(told(*draws)).split()) == 15
    short = told(*draws, most_words=12)
    assert len(" ".join(short).split()) <= 12
    assert short


def test_what_was_drawn_once_and_is_put_oddly_is_not_used() -> None:
    odd, sure = "the fracture is effusion in the lungs .", {"Pleural Effusion": 1.0}
    common = [f"{HEART} {LUNGS} {BONES}"] * 3
    once, twice = [f"{HEART} {odd}"], [f"{HEART} {odd}"] * 2
    assert odd not in told(*common, *once, probabilities=sure, others=4000)
    assert odd in told(*common, *twice, probabilities=sure, others=4000)


def test_usual_threes_do_not_make_a_usual_four() -> None:
    odd, sure = "small left pleural effusion in the heart .", {"Pleural Effusion": 1.0}
    draws = [f"{HEART} {LUNGS} {BONES}"] * 3 + [f"{HEART} {odd}"]
    words = odd.split()
    threes, fours = ([" ".join(words[n : n + k]) for n in range(9 - k)] for k in (3, 4))
    assert odd not in told(*draws, probabilities=sure, others=300, often=tuple(threes))
    assert odd in told(*draws, probabilities=sure, others=300, often=tuple(fours))


def test_rare_sentences_are_not_tried_beyond_the_limit() -> None:
    draws = [f"{HEART} {LUNGS}", f"{HEART} {LUNGS}", f"{HEART} {BONES}"]
    assert BONES not in told(*draws, spec=AssemblySpec(candidates=2))


def test_a_sentence_has_its_price() -> None:
    draws = [f"{HEART} {LUNGS} {BONES}"] * 3
    assert len(told(*draws)) == 3
    assert len(told(*draws, spec=AssemblySpec(sentence=2.0))) == 1


def test_two_denials_stand_in_one_sentence_if_a_draw_has_it() -> None:
    one, other, both = "no pneumothorax .", NO_EFFUSION, "no pneumothorax or pleural effusion ."
    apart = [f"{HEART} {one} {other}"] * 5
    assert set(told(*apart)) == {HEART, one, other}
    assert set(told(*apart, f"{HEART} {both}", f"{HEART} {both}")) == {HEART, both}


def test_the_same_draws_give_the_same_text() -> None:
    draws = [f"{HEART} {EFFUSION}", f"{LUNGS} {NO_EFFUSION}", f"{BONES} {HEART}", OTHERS]
    assert told(*draws) == told(*draws)


@pytest.mark.parametrize("draws", [[""], ["", ""]])
def test_empty_draws_give_an_empty_text(draws: Sequence[str]) -> None:
    assert told(*draws) == []


def test_it_stops_when_asked_to() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        told(HEART, LUNGS, cancel=cancel)
