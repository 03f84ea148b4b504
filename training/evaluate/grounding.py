"""Whether sentences depend on the cells that they looked at, more than on others of the films.

The product's own deletion test (`engine.inference.attribution`), counted over a split: the cells
that a sentence's cross-attention names are painted in the film's mean grey, the same words are
scored again, and the fall of their log-probability is compared with that of as many random cells
of the same films.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.domain.evidence import EvidenceGrade
from engine.inference.generated import Generated
from engine.inference.generator import Generator
from engine.report.findings import asserts_finding
from training.data.record import Record
from training.evaluate.intervals import intervals, share_interval
from training.evaluate.predict import Tell, drafts


def tested_drafts(generator: Generator, records: Sequence[Record], tell: Tell) -> list[Generated]:
    """As `drafts`, every sentence that affirms a finding tested for its cells."""
    return drafts(generator, records, explains=asserts_finding, tell=tell)


def grounding(
    written: Sequence[Generated], *, resamples: int = 500, seed: int = 1
) -> dict[str, Any]:
    """Figures of the deletion test over the sentences that affirm a finding.

    Args:
        written: Of `tested_drafts`.
        resamples: Bootstrap draws over sentences for the mean falls; 0 for none.
        seed: Of the draws.

    Returns:
        `wins`: share of sentences whose own cells cost them more than random ones did on average,
        with its 95 % interval (Wilson); `rests_on`: share graded so by the product; mean falls of
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
        "wins_interval": share_interval(wins, len(found)),
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
