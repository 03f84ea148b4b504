"""How many sentences take a house phrase, and whether any of them says something else then.

`python -m benchmarks.house_style [train|val|extra ...]`; without words val and extra. Real findings
of `data/iu_xray`, cleaned as the model writes them: lower case, no commas, full stops as words.
"""

from __future__ import annotations

import json
import re
import sys

from benchmarks.finding_labels import UNTUNED, data_folder
from engine.domain.report import DraftSentence
from engine.inference.sentences import sentences
from engine.report.style import in_house_style, said_in


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
                said_in(sentence.text) != said_in(before[place].text)
                for sentence, place in zip(after, order, strict=True)
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
