"""Words and ids: the word table that the model was trained with.

`tokenizer.json` is a Hugging Face `tokenizers` file, so training and product read the same bytes.
Only word tables are read (WordLevel, split at blanks), so the library itself, 11 MB with an HTTP
client, is left to training.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine.errors import BundleError
from engine.inference.beam import SpecialIds

PAD, BOS, EOS, UNK = "<pad>", "<bos>", "<eos>", "<unk>"


class Tokenizer:
    """The word table of one bundle.

    Attributes:
        special: Ids of PAD, BOS, EOS and of the unknown word.
    """

    def __init__(self, table: Mapping[str, int]) -> None:
        self._table = table
        self._words = {token: word for word, token in table.items()}
        self.special = SpecialIds(
            pad=self._special(PAD),
            bos=self._special(BOS),
            eos=self._special(EOS),
            unk=self._special(UNK),
        )

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read `tokenizer.json`; raises `BundleError`."""
        try:
            table = _word_table(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BundleError("The model's word table cannot be read.") from error
        return cls(table)

    def __len__(self) -> int:
        """Rows of the word table, special ids included."""
        return len(self._table)

    def ids(self, text: str) -> tuple[int, ...]:
        """Ids of a cleaned text, without BOS and EOS; unknown words become `<unk>`."""
        return tuple(self._table.get(word, self.special.unk) for word in text.split())

    def words(self, ids: Iterable[int]) -> tuple[str, ...]:
        """The words of those ids; raises `BundleError` for an id outside the table."""
        try:
            return tuple(self._words[token] for token in ids)
        except KeyError as error:
            raise BundleError("The model and its word table do not belong together.") from error

    def ids_of(self, words: Iterable[str]) -> frozenset[int]:
        """Ids of those words that are in the table; the others cannot be written anyway."""
        return frozenset(self._table[word] for word in words if word in self._table)

    def _special(self, word: str) -> int:
        if word not in self._table:
            raise BundleError(f"The model's word table has no {word} entry.")
        return self._table[word]


def _word_table(content: dict[str, Any]) -> dict[str, int]:
    """Words and ids of a file; raises `ValueError`, `TypeError` or `KeyError` for another kind."""
    model, added = content["model"], content["added_tokens"]
    kinds = (model["type"], (content["pre_tokenizer"] or {}).get("type"), model["unk_token"])
    changes = [content[part] for part in ("normalizer", "post_processor", "truncation")]
    if kinds != ("WordLevel", "WhitespaceSplit", UNK) or any(changes):
        raise ValueError("it is no table of words that are split at blanks")
    # A writer may list special words apart, with the ids that they have in the table.
    table = {**model["vocab"], **{one["content"]: one["id"] for one in added}}
    ids = set(table.values())
    if not all(type(token) is int for token in ids) or len(ids) != len(table):
        raise ValueError("an id is no number, or two words have the same")
    return table
