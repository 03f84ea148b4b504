"""The words that the model can write, and the `tokenizer.json` that training and product read.

Special ids come first and are distinct (cmcrl.md B6): 0 pads, 1 begins, 2 ends. From 3 on come the
words that occur often enough in the training reports, and `<unk>`, sorted as text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from engine.errors import DamagedFileError

PAD, BOS, EOS, UNK = "<pad>", "<bos>", "<eos>", "<unk>"
PAD_ID, BOS_ID, EOS_ID = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Words by id; the first three are the special ones."""

    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.words)

    def ids(self, cleaned: str) -> tuple[int, ...]:
        """Ids of a cleaned text without BOS and EOS; rare words become `<unk>`."""
        table = {word: number for number, word in enumerate(self.words)}
        unknown = table[UNK]
        return tuple(table.get(word, unknown) for word in cleaned.split())

    def text(self, ids: Iterable[int]) -> str:
        """Words up to the first EOS, separated by single blanks; PAD and BOS are left out."""
        found = []
        for number in ids:
            if number == EOS_ID:
                break
            if number not in (PAD_ID, BOS_ID):
                found.append(self.words[number])
        return " ".join(found)

    def save(self, path: Path) -> None:
        """Write `tokenizer.json` (Hugging Face `tokenizers`: WordLevel, split at blanks)."""
        table = {word: number for number, word in enumerate(self.words)}
        tokenizer = Tokenizer(WordLevel(table, unk_token=UNK))
        tokenizer.pre_tokenizer = WhitespaceSplit()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tokenizer.to_str(pretty=True), encoding="utf-8")


def build_vocabulary(cleaned: Iterable[str], min_count: int = 3) -> Vocabulary:
    """Words that occur at least `min_count` times in the cleaned training reports."""
    counts = Counter(word for text in cleaned for word in text.split())
    words = sorted([UNK, *(word for word, count in counts.items() if count >= min_count)])
    return Vocabulary(words=(PAD, BOS, EOS, *words))


def load_vocabulary(path: Path) -> Vocabulary:
    """Read what `Vocabulary.save` wrote; raises `DamagedFileError`."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
        words = tuple(sorted(table, key=table.__getitem__))
        is_dense = sorted(table.values()) == list(range(len(table)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFileError(f"The word table {path.name} cannot be read.") from error
    if not is_dense or words[:3] != (PAD, BOS, EOS) or UNK not in table:
        raise DamagedFileError(f"The word table {path.name} is not one of ours.")
    return Vocabulary(words=words)
