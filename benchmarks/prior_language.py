"""How well words that refer to an earlier film are found, on sentences marked beforehand.

`python -m benchmarks.prior_language`: on the list written for the purpose (`prior_sentences.txt`),
and on sentences of real reports marked by eye. `prior_marks.json` holds only their hashes, so that
no report is copied into this repository; the texts are read from `data/iu_xray`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from benchmarks.finding_labels import data_folder
from engine.language.findings import sentences_of
from engine.language.priors import leans_on_prior

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Print recall, precision and every sentence judged wrongly."""
    written = (HERE / "prior_sentences.txt").read_text(encoding="utf-8").splitlines()
    _show(
        "written for the test", [(line[0] == "+", line[2:]) for line in written if line[0] in "+-"]
    )
    marks = json.loads((HERE / "prior_marks.json").read_text(encoding="utf-8"))
    real = _real_sentences()
    for name in ("hit", "random"):
        chosen = [(mark == "+", real[key]) for key, mark in marks[name].items() if key in real]
        _show(f"real, {name}", chosen)
    return 0


def _real_sentences() -> dict[str, str]:
    folder = data_folder()
    texts = (
        f"{record['findings']}\n{record['impression']}"
        for split in ("val", "extra")
        for record in map(json.loads, (folder / f"{split}.jsonl").read_text("utf-8").splitlines())
    )
    every = {sentence for text in texts for sentence in sentences_of(text)}
    return {hashlib.sha256(sentence.encode()).hexdigest()[:16]: sentence for sentence in every}


def _show(name: str, marked: Iterable[tuple[bool, str]]) -> None:
    rows = [(is_prior, leans_on_prior(text), text) for is_prior, text in marked]
    hits = sum(true and found for true, found, _ in rows)
    true = sum(row[0] for row in rows)
    found = sum(row[1] for row in rows)
    recall = f"recall {hits}/{true} = {hits / true:.3f}   " if true else ""
    precision = f"precision {hits}/{found} = {hits / found:.3f}" if hits else f"said {found}"
    print(f"{name}: {len(rows)} sentences   {recall}{precision}")
    for is_prior, is_found, text in rows:
        if is_prior != is_found:
            print(f"    {'missed' if is_prior else 'false '}  {text}")


if __name__ == "__main__":
    raise SystemExit(main())
