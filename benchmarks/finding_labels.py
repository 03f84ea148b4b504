"""Rule labels of real reports against the human codes of the same studies, category by category.

`python -m benchmarks.finding_labels [train|val|extra ...]`; without words val and extra, which the
lexicon was not tuned on. Needs `data/iu_xray`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.report.findings import categories, chexpert_of, coded, labels

UNTUNED = ("val", "extra")
FEWEST = 5
"""Categories with fewer coded studies are counted in the totals and not printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Studies: named by both, by the text's rules, by the human coder."""

    both: int
    said: int
    true: int

    @property
    def precision(self) -> float:
        """NaN if nothing was said."""
        return self.both / self.said if self.said else float("nan")

    @property
    def recall(self) -> float:
        """NaN if nothing is coded."""
        return self.both / self.true if self.true else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean."""
        return 2 * self.both / (self.said + self.true) if self.said + self.true else float("nan")


def data_folder() -> Path:
    """The folder of `data/iu_xray`; leaves with a sentence if it is not there."""
    default = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("NEGATOSCOPE_DATA", default)) / "iu_xray"
    if not folder.is_dir():
        print("data/iu_xray is not here; set NEGATOSCOPE_DATA to the folder of data.")
        raise SystemExit(0)
    return folder


def main() -> int:
    """Print one table for each split."""
    folder = data_folder()
    for split in sys.argv[1:] or UNTUNED:
        lines = (folder / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        # Studies without text or that nobody coded say nothing about the rules.
        records = [
            r for r in records if (r["findings"] or r["impression"]) and _is_coded(r["mesh_major"])
        ]
        said = [labels(f"{r['findings']}\n{r['impression']}") for r in records]
        true = [coded(r["mesh_major"]) for r in records]
        print(f"\n{split}: {len(records)} studies, findings and impression against human codes")
        print_table(categories(), said, true)
        print(f"\n{split}: the same as CheXpert's categories")
        said14 = [chexpert_of(names) for names in said]
        true14 = [chexpert_of(names) for names in true]
        print_table(sorted({name for row in said14 + true14 for name in row}), said14, true14)
    return 0


def _is_coded(codes: Sequence[str]) -> bool:
    return bool(codes) and "no indexing" not in {code.strip().lower() for code in codes}


def print_table(
    names: Iterable[str], said: Sequence[frozenset[str]], true: Sequence[frozenset[str]]
) -> None:
    """Precision, recall and F1 of each name with enough coded studies, and of all."""
    print(f"{'category':32}{'coded':>7}{'said':>7}{'both':>7}{'prec':>8}{'recall':>8}{'F1':>8}")
    counts = {name: _counted(name, said, true) for name in names}
    for name, count in sorted(counts.items(), key=lambda pair: -pair[1].true):
        if count.true >= FEWEST:
            _row(name, count)
    total = Counts(
        both=sum(c.both for c in counts.values()),
        said=sum(c.said for c in counts.values()),
        true=sum(c.true for c in counts.values()),
    )
    _row("all (micro)", total)
    occurring = [c.f1 for c in counts.values() if c.true >= FEWEST]
    print(
        f"mean F1 of the {len(occurring)} categories above: {sum(occurring) / len(occurring):.3f}"
    )


def _counted(name: str, said: Sequence[frozenset[str]], true: Sequence[frozenset[str]]) -> Counts:
    return Counts(
        both=sum(name in s and name in t for s, t in zip(said, true, strict=True)),
        said=sum(name in s for s in said),
        true=sum(name in t for t in true),
    )


def _row(name: str, count: Counts) -> None:
    print(
        f"{name:32}{count.true:7}{count.said:7}{count.both:7}"
        f"{count.precision:8.3f}{count.recall:8.3f}{count.f1:8.3f}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
