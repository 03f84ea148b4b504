"""How many sentences get a house phrase, and whether any of them changes its meaning.

`python -m benchmarks.house_style [train|val|extra ...]`; by default val and extra. Real findings of
`data/iu_xray`, cleaned to what the model writes: lower case, no commas, full stops as words.
"""

from __future__ import annotations

import json
import re
import sys

from benchmarks.finding_labels import UNTUNED, data_folder
from engine.domain.report import DraftSentence
from engine.language.sentences import sentences
from engine.language.style import in_house_style, meaning_of


def main() -> int:
    """Print the counts."""
    total = reworded = moved = other = 0
    for split in sys.argv[1:] or UNTUNED:
        lines = (data_folder() / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
        for line in lines:
            before = _drafted(json.loads(line)["findings"])
            after, order = in_house_style(before)
            total += len(before)
            moved += order != tuple(range(len(before)))
            reworded += sum(sentence.is_reworded for sentence in after)
            other += sum(
                meaning_of(sentence.text) != meaning_of(before[index].text)
                for sentence, index in zip(after, order, strict=True)
            )
    print(f"{total} sentences, {reworded} = {reworded / total:.3f} in a house phrase")
    print(f"reports in another order: {moved}")
    print(f"sentences that say something else then: {other}")
    return 0


def _drafted(findings: str) -> tuple[DraftSentence, ...]:
    words = re.findall(r"[a-z0-9/-]+|\.", findings.lower())
    return sentences(words, [0.0] * len(words))


if __name__ == "__main__":
    raise SystemExit(main())
