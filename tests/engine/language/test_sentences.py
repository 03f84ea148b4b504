"""Typography is added, facts are not."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from engine.language.sentences import readable, sentences, without_repeats

WORD = st.one_of(
    st.sampled_from([".", "heart", "ct", "t-spine", "t7", "l1-l2", "no", "iv", "52"]),
    st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=8),
)


def texts(report: str) -> list[str]:
    words = report.split()
    return [sentence.text for sentence in sentences(words, [-0.5] * len(words))]


def test_sentences_are_split_capitalised_and_punctuated() -> None:
    assert texts("the heart is normal . no pleural effusion .") == [
        "The heart is normal.",
        "No pleural effusion.",
    ]


def test_abbreviations_get_their_usual_spelling() -> None:
    assert texts("right picc tip in the svc . t-spine is normal . t7 and l1-l2 seen on ct .") == [
        "Right PICC tip in the SVC.",
        "T-spine is normal.",
        "T7 and L1-L2 seen on CT.",
    ]


def test_a_cut_sentence_is_kept_and_told_by_its_raw_words() -> None:
    words = ["lungs", "are", "clear", ".", "mild"]
    last = sentences(words, [0.0] * 5)[-1]
    assert (last.text, last.raw, last.tokens) == ("Mild.", "mild", 1)


def test_log_prob_is_the_sum_of_the_sentences_own_words() -> None:
    words = ["a", "b", ".", "c", "."]
    found = sentences(words, [-1.0, -2.0, -4.0, -8.0, -16.0])
    assert [s.log_prob for s in found] == [-7.0, -24.0]
    assert [s.tokens for s in found] == [3, 2]


def test_lone_full_stops_make_no_sentence() -> None:
    assert texts(". heart normal . . .") == ["Heart normal."]
    assert texts("") == []


def test_only_repeats_in_a_row_are_left_out() -> None:
    words = ["clear", ".", "clear", ".", "heart", ".", "clear", "."]
    found = without_repeats(sentences(words, [-1.0] * len(words)))
    assert [s.text for s in found] == ["Clear.", "Heart.", "Clear."]


@given(st.lists(WORD, max_size=30))
def test_no_word_is_added_lost_or_changed(words: list[str]) -> None:
    found = sentences(words, [0.0] * len(words))
    shown = " ".join(s.text for s in found).replace(".", " ").lower().split()
    assert shown == [word.lower() for word in words if word != "."]
    assert all(s.text.endswith(".") and not s.text.endswith(" .") for s in found)


@given(st.lists(WORD, min_size=1, max_size=30))
def test_text_of_progress_only_grows(words: list[str]) -> None:
    for count in range(1, len(words)):
        shorter, longer = readable(words[:count]), readable(words[: count + 1])
        assert longer.startswith(shorter.removesuffix("."))


def test_text_of_progress_has_no_full_stop_before_the_model_wrote_one() -> None:
    assert readable(["the", "heart"]) == "The heart"
    assert readable(["the", "heart", "."]) == "The heart."
