"""Words from standard input."""

from __future__ import annotations

import io
import sys

import pytest

from engine.cli.main import _parser_for
from engine.cli.words import lines, whole_text
from engine.errors import ReportStateError


class Input:
    """A standard input with bytes in it."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)

    def isatty(self) -> bool:
        return False


def given(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", Input(content))


def test_each_line_is_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, "Naïve «façade».\r\n\nLast\u2028one".encode())
    assert lines("words", 3) == ["Naïve «façade».", "", "Last\u2028one"]
    assert lines("words", 0) == []


@pytest.mark.parametrize("content", [b"", b"one\ntwo", b"\xff\n"])
def test_other_input_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    given(monkeypatch, content)
    with pytest.raises(ReportStateError, match=r"[Ss]tandard input"):
        lines("words", 3)


def test_an_addendum_may_have_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, b"One.\nTwo.\n")
    assert whole_text("the addendum") == "One.\nTwo."
    given(monkeypatch, b" \n")
    with pytest.raises(ReportStateError, match="takes the addendum"):
        whole_text("the addendum")


@pytest.mark.parametrize(
    "words",
    [
        ["reports", "review", "ID", "--edit", "1", "Left pneumothorax."],
        ["reports", "review", "ID", "--split", "1", "and a fracture"],
        ["reports", "addendum", "ID", "Old films came."],
        ["reports", "withdraw", "ID", "Wrong patient."],
        ["reports", "told", "ID", "--who", "Dr Byron"],
    ],
)
def test_no_verb_takes_the_text_of_a_report_as_an_argument(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        _parser_for(words).parse_args(words)
