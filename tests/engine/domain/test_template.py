"""Macros: which one typed letters mean."""

from __future__ import annotations

import pytest

from engine.domain.template import Macro, is_shortcut, macro_for

MACROS = tuple(Macro(shortcut=k, text=k.upper()) for k in (".eff", ".effl", ".ptx", "nad"))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (".p", ".ptx"),
        (".eff", ".eff"),
        (".EFFL", ".effl"),
        ("na", "nad"),
        (".e", ""),
        (".", ""),
        ("", ""),
    ],
)
def test_two_letters_that_begin_only_one_macro_mean_it(typed, found):
    macro = macro_for(typed, MACROS)
    assert (macro.shortcut if macro else "") == found


def test_letters_of_a_macro_have_no_blanks_and_no_brackets():
    assert is_shortcut(".x")
    assert not any(map(is_shortcut, ["x", "a b", "[a]", "x" * 21, ""]))


def test_each_line_of_a_macro_is_a_sentence():
    assert Macro(shortcut=".x", text="One.\n\n Two. ").sentences == ("One.", "Two.")
