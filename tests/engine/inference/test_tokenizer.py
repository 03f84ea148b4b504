"""The word table as the product reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer as WordTable
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from engine.errors import BundleError
from engine.inference.tokenizer import Tokenizer


def word_table(folder: Path, words: list[str]) -> Path:
    ids = {word: token for token, word in enumerate(words)}
    table = WordTable(WordLevel(ids, "<unk>"))
    table.pre_tokenizer = WhitespaceSplit()
    path = folder / "tokenizer.json"
    table.save(str(path))
    return path


@pytest.fixture
def tokenizer(tmp_path: Path) -> Tokenizer:
    words = ["<pad>", "<bos>", "<eos>", "<unk>", ".", "heart", "normal", "xxxx"]
    return Tokenizer.load(word_table(tmp_path, words))


def test_words_and_ids_are_each_others_inverse(tokenizer: Tokenizer) -> None:
    ids = tokenizer.ids("heart normal .")
    assert ids == (5, 6, 4)
    assert tokenizer.words(ids) == ("heart", "normal", ".")


def test_unknown_words_become_unk(tokenizer: Tokenizer) -> None:
    assert tokenizer.ids("heart cardiomegaly") == (5, tokenizer.special.unk)


def test_special_ids_and_size(tokenizer: Tokenizer) -> None:
    special = tokenizer.special
    assert (special.pad, special.bos, special.eos, special.unk) == (0, 1, 2, 3)
    assert len(tokenizer) == 8


def test_forbidden_words_that_do_not_exist_are_passed_over(tokenizer: Tokenizer) -> None:
    assert tokenizer.ids_of(("<unk>", "xxxx", "nowhere")) == {3, 7}


def test_an_id_outside_the_table_is_an_error(tokenizer: Tokenizer) -> None:
    with pytest.raises(BundleError, match="do not belong together"):
        tokenizer.words([99])


def test_it_reads_as_the_library_that_training_writes_with(tmp_path: Path) -> None:
    words = ["<pad>", "<bos>", "<eos>", "<unk>", ".", "heart", "enlarged", "é"]
    path = word_table(tmp_path, words)
    library, ours = WordTable.from_file(str(path)), Tokenizer.load(path)
    for text in ("heart enlarged .", "Heart\tunknown\u00a0é  .\n", "", "heart. <bos>"):
        assert list(ours.ids(text)) == library.encode(text, add_special_tokens=False).ids
    assert len(ours) == library.get_vocab_size()


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("normalizer", {"type": "Lowercase"}),
        ("pre_tokenizer", {"type": "Whitespace"}),
        ("pre_tokenizer", None),
        ("model", {"type": "BPE", "vocab": {"<pad>": 0}, "unk_token": "<unk>"}),
        ("model", {"type": "WordLevel", "vocab": {"<pad>": 0, "<bos>": 0}, "unk_token": "<unk>"}),
    ],
)
def test_a_file_of_another_kind_is_an_error(tmp_path: Path, part: str, value: object) -> None:
    path = word_table(tmp_path, ["<pad>", "<bos>", "<eos>", "<unk>"])
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {part: value}), "utf-8")
    with pytest.raises(BundleError, match="cannot be read"):
        Tokenizer.load(path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"model": 1}', "\udcff"])
def test_a_damaged_table_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(BundleError, match="cannot be read"):
        Tokenizer.load(path)


def test_a_table_without_special_words_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="<bos>"):
        Tokenizer.load(word_table(tmp_path, ["<pad>", "<unk>", "heart"]))
