"""Whether sentences depend on the cells that they looked at more than on other cells.

The product's own deletion test (`engine.inference.attribution`), counted over a split: the cells of
a sentence's cross-attention are painted in the film's mean grey, the same words are scored again,
and the drop in their log-probability is compared with that for as many random cells of the same
films.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.domain.analytics import Share
from engine.domain.evidence import EvidenceGrade
from engine.inference.generated import Generated
from engine.inference.generator import Generator
from engine.language.agreement import intervals
from engine.language.findings import asserts_finding
from training.data.record import Record
from training.evaluate.predict import OnDone, drafts


def tested_drafts(
    generator: Generator, records: Sequence[Record], on_done: OnDone
) -> list[Generated]:
    """Like `drafts`, with every sentence that asserts a finding tested for its cells."""
    return drafts(generator, records, explains=asserts_finding, on_done=on_done)


def grounding(
    written: Sequence[Generated], *, resamples: int = 500, seed: int = 1
) -> dict[str, Any]:
    """Figures of the deletion test over the sentences that assert a finding.

    Args:
        written: From `tested_drafts`.
        resamples: Bootstrap draws over sentences for the mean drops; 0 for none.
        seed: Of the draws.

    Returns:
        `wins`: share of sentences whose own cells cost more than random ones on average, with its
        95 % interval (Wilson); `rests_on`: share with that grade in the product; mean drops in
        log-probability (natural) without own and without random cells. Only the count if it is 0.
    """
    found = [cells.deletion for draft in written for cells in draft.cells if cells.cells]
    figures: dict[str, Any] = {"studies": len(written), "sentences": len(found)}
    if not found:
        return figures
    wins = sum(one.beats_random for one in found)
    rests = sum(one.grade is EvidenceGrade.RESTS_ON for one in found)
    own = np.array([one.drop for one in found])
    control = np.array([one.control_drop for one in found])
    figures |= {
        "wins": wins / len(found),
        "wins_interval": Share(count=wins, total=len(found)).interval,
        "rests_on": rests / len(found),
        "fall_without_own_cells": float(own.mean()),
        "fall_without_random_cells": float(control.mean()),
    }
    if resamples:
        bounds = intervals(
            lambda rows: {"difference": float((own - control)[rows].mean())},
            len(found),
            resamples=resamples,
            seed=seed,
        )
        figures["difference_interval"] = bounds["difference"]
    return figures
