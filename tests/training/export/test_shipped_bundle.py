"""What the shipped bundle holds, and what it must not: sentences of the reports it learnt from."""

from __future__ import annotations

import re

import pytest

from engine.inference.manifest import NGRAMS, TOKENIZER, read_manifest
from engine.inference.ngrams import LONGEST, NONE, USUAL, NgramTable
from engine.inference.tokenizer import Tokenizer
from engine.paths import model_bundle

FOLDER = model_bundle()
MOST_WORDS = LONGEST
_RUN = re.compile(rb"[a-z][a-z0-9-]*(?: [a-z.][a-z0-9-]*){%d,}" % MOST_WORDS)


@pytest.mark.parametrize("name", [f.name for f in read_manifest(FOLDER).files])
def test_no_file_holds_words_in_a_row_that_could_be_a_sentence(name: str) -> None:
    assert _RUN.findall((FOLDER / name).read_bytes()) == []


def test_the_manifest_alone_holds_sentences_and_says_them_of_the_model() -> None:
    manifest = read_manifest(FOLDER)
    found = _RUN.findall((FOLDER / "manifest.json").read_bytes())
    said = " ".join((manifest.licence, manifest.intended_use, *manifest.training.values()))
    assert all(words.decode() in said for words in found)


def test_the_table_is_of_few_words_that_many_draws_share() -> None:
    if read_manifest(FOLDER).decoding.assembly is None:
        pytest.skip("the shipped bundle chooses whole draws")
    table = NgramTable.load(FOLDER / NGRAMS)
    words = len(Tokenizer.load(FOLDER / TOKENIZER))
    assert table.rows.shape[1] == LONGEST + 1
    assert table.rows[:, :LONGEST].min() >= NONE
    assert table.rows[:, :LONGEST].max() < words
    assert table.rows[:, LONGEST].min() >= USUAL * table.reports
