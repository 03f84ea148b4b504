"""Words and ids: the word table that the model was trained with.

`tokenizer.json` is a Hugging Face `tokenizers` file (WordLevel, split at blanks), so training and
product read the same bytes. `transformers` is not needed and would bring in PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer as WordTable

from engine.errors import BundleError
from engine.inference.beam import SpecialIds

PAD, BOS, EOS, UNK = "<pad>", "<bos>", "<eos>", "<unk>"


class Tokenizer:
    """The word table of one bundle.

    Attributes:
        special: Ids of PAD, BOS, EOS and of the unknown word.
    """

    def __init__(self, table: WordTable) -> None:
        self._table = table
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
            table = WordTable.from_str(path.read_text(encoding="utf-8"))
        except Exception as error:  # `tokenizers` raises nothing more specific
            raise BundleError("The model's word table cannot be read.") from error
        return cls(table)

    def __len__(self) -> int:
        """Rows of the word table, special ids included."""
        return int(self._table.get_vocab_size(with_added_tokens=True))

    def ids(self, text: str) -> tuple[int, ...]:
        """Ids of a cleaned text, without BOS and EOS; unknown words become `<unk>`."""
        return tuple(self._table.encode(text, add_special_tokens=False).ids)

    def words(self, ids: Iterable[int]) -> tuple[str, ...]:
        """The words of those ids; raises `BundleError` for an id outside the table."""
        words = []
        for token in ids:
            word = self._table.id_to_token(token)
            if word is None:
                raise BundleError("The model and its word table do not belong together.")
            words.append(word)
        return tuple(words)

    def ids_of(self, words: Iterable[str]) -> frozenset[int]:
        """Ids of those words that are in the table; the others cannot be written anyway."""
        found = (self._table.token_to_id(word) for word in words)
        return frozenset(token for token in found if token is not None)

    def _special(self, word: str) -> int:
        token = self._table.token_to_id(word)
        if token is None:
            raise BundleError(f"The model's word table has no {word} entry.")
        return int(token)
