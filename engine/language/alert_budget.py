"""Which remarks a reader sees: few, and only from rules that have proved worth it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache

from engine.domain.guard import GuardAlert, GuardRule
from engine.paths import resources

AT_MOST = 2
LEAST_PRECISION = 0.5
"""Remarks of a rule with a lower precision are hidden."""

PRECISION = resources() / "lexicon" / "precision.json"
"""Precision of each rule, as `benchmarks.guards` measured it."""


@cache
def measured_precision() -> Mapping[GuardRule, float]:
    """The measured precision of each rule; rules that were never measured are left out."""
    content: dict[str, float] = json.loads(PRECISION.read_text(encoding="utf-8"))["precision"]
    return {GuardRule[name]: share for name, share in content.items()}


def shown(
    remarks: Iterable[GuardAlert], *, precision: Mapping[GuardRule, float]
) -> tuple[GuardAlert, ...]:
    """The remarks to show now, the most precise rules first; the others once these are settled.

    What stops signing is no remark and falls under no budget.

    Args:
        remarks: Alerts that do not stop signing.
        precision: Share of each rule's alerts that were right; a rule that is missing here counts
            as always right.
    """

    def worth(alert: GuardAlert) -> float:
        return precision.get(alert.rule, 1.0)

    wanted = [alert for alert in remarks if worth(alert) >= LEAST_PRECISION]
    return tuple(sorted(wanted, key=lambda alert: -worth(alert))[:AT_MOST])
