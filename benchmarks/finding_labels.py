"""Labels by rule against human codes of the same studies, category by category.

`python -m benchmarks.finding_labels [train|val|extra ...]`; by default val and extra, which the
lexicon was not tuned on. Needs `data/iu_xray`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.language.findings import categories, chexpert_of, coded, labels

UNTUNED = ("val", "extra")
FEWEST = 5
"""Categories with fewer coded studies count in the totals and are not printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Number of studies with a category: for both, for the rules, for the human coder."""

    both: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """NaN if the rules found nothing."""
        return self.both / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        """NaN if nothing is coded."""
        return self.both / self.true if self.true else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN if both found nothing."""
        return 2 * self.both / (self.found + self.true) if self.found + self.true else float("nan")


def data_folder() -> Path:
    """The folder of `data/iu_xray`; exits with a message if it is missing."""
    default = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("NEGATOSCOPE_DATA", default)) / "iu_xray"
    if not folder.is_dir():
        print("data/iu_xray is not here; set NEGATOSCOPE_DATA to the folder of data.")
        raise SystemExit(0)
    return folder


def main() -> int:
    """Print a table for each split."""
    folder = data_folder()
    for split in sys.argv[1:] or UNTUNED:
        lines = (folder / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        # Studies without text or without codes say nothing about the rules.
        records = [
            r for r in records if (r["findings"] or r["impression"]) and _is_coded(r["mesh_major"])
        ]
        found = [labels(f"{r['findings']}\n{r['impression']}") for r in records]
        true = [coded(r["mesh_major"]) for r in records]
        print(f"\n{split}: {len(records)} studies, findings and impression against human codes")
        print_table(categories(), found, true)
        print(f"\n{split}: the same as CheXpert's categories")
        found14 = [chexpert_of(names) for names in found]
        true14 = [chexpert_of(names) for names in true]
        print_table(sorted({name for row in found14 + true14 for name in row}), found14, true14)
    return 0


def _is_coded(codes: Sequence[str]) -> bool:
    return bool(codes) and "no indexing" not in {code.strip().lower() for code in codes}


def print_table(
    names: Iterable[str], found: Sequence[frozenset[str]], true: Sequence[frozenset[str]]
) -> None:
    """Print precision, recall and F1 of each name with enough coded studies, and of all."""
    print(f"{'category':32}{'coded':>7}{'said':>7}{'both':>7}{'prec':>8}{'recall':>8}{'F1':>8}")
    counts = {name: _counted(name, found, true) for name in names}
    for name, count in sorted(counts.items(), key=lambda pair: -pair[1].true):
        if count.true >= FEWEST:
            _row(name, count)
    total = Counts(
        both=sum(c.both for c in counts.values()),
        found=sum(c.found for c in counts.values()),
        true=sum(c.true for c in counts.values()),
    )
    _row("all (micro)", total)
    occurring = [c.f1 for c in counts.values() if c.true >= FEWEST]
    print(
        f"mean F1 of the {len(occurring)} categories above: {sum(occurring) / len(occurring):.3f}"
    )


def _counted(name: str, found: Sequence[frozenset[str]], true: Sequence[frozenset[str]]) -> Counts:
    return Counts(
        both=sum(name in s and name in t for s, t in zip(found, true, strict=True)),
        found=sum(name in s for s in found),
        true=sum(name in t for t in true),
    )


def _row(name: str, count: Counts) -> None:
    print(
        f"{name:32}{count.true:7}{count.found:7}{count.both:7}"
        f"{count.precision:8.3f}{count.recall:8.3f}{count.f1:8.3f}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
