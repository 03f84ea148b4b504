"""Which alerts a reader sees: few, and only from rules that have proved worth it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache

from engine.domain.guard import AlertSeverity, GuardAlert, GuardRule
from engine.paths import resources

AT_MOST = 2
LEAST_PRECISION = 0.5
"""A rule that was right less often than this is not shown; one that stops signing always is."""

PRECISION = resources() / "lexicon" / "precision.json"
"""How often each rule was right, as `benchmarks.guards` measured it."""


@cache
def measured_precision() -> Mapping[GuardRule, float]:
    """How often each rule was right; those that were never measured are left out."""
    content: dict[str, float] = json.loads(PRECISION.read_text(encoding="utf-8"))["precision"]
    return {GuardRule[name]: share for name, share in content.items()}


def shown(
    alerts: Iterable[GuardAlert],
    *,
    precision: Mapping[GuardRule, float] | None = None,
    at_most: int = AT_MOST,
) -> tuple[GuardAlert, ...]:
    """The alerts to show now: those that stop signing first, then the most precise rules.

    Args:
        alerts: All of a report.
        precision: Share of each rule's alerts that were right; a rule that is not in it counts as
            always right.
        at_most: The rest follows when these are settled.
    """
    known = precision or {}

    def worth(alert: GuardAlert) -> float:
        return known.get(alert.rule, 1.0)

    wanted = [a for a in alerts if _stops(a) or worth(a) >= LEAST_PRECISION]
    ordered = sorted(wanted, key=lambda alert: (not _stops(alert), -worth(alert)))
    return tuple(ordered[:at_most])


def _stops(alert: GuardAlert) -> bool:
    return alert.severity is AlertSeverity.STOP
