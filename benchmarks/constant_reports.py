"""Finds the evaluation's constant reports again, on train and val.

`python -m benchmarks.constant_reports`; takes minutes. Candidates are the 45 most frequent
sentences of train; the score is BLEU-4 + ROUGE-L on val. Needs `data/iu_xray`.
"""

from __future__ import annotations

from benchmarks.finding_labels import data_folder
from training.data.iu_xray import read_split
from training.data.report_text import clean, sentences
from training.evaluate.baselines import FIVE_NORMAL_SENTENCES, FOUR_NORMAL_SENTENCES
from training.evaluate.constant_search import best_constant, frequent_sentences


def main() -> int:
    """Print C2 as found starting from C1, and what the search finds starting from nothing."""
    folder = data_folder()
    training, validation = (
        [text for text in (clean(record.report) for record in read_split(folder, split)) if text]
        for split in ("train", "val")
    )
    candidates = frequent_sentences(training)
    longer = len(sentences(FOUR_NORMAL_SENTENCES)) + 1
    text, score = best_constant(
        candidates, validation, start=FOUR_NORMAL_SENTENCES, most_sentences=longer
    )
    print(f"from C1, one sentence more: {score:.4f} {text}")
    print("this is C2" if text == FIVE_NORMAL_SENTENCES else "this is NOT the stored C2")
    text, score = best_constant(candidates, validation)
    print(f"from nothing: {score:.4f} {text}")
    return 0 if text else 1


if __name__ == "__main__":
    raise SystemExit(main())
