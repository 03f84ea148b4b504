"""The figures of an acceptance test, from its studies' outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.domain.acceptance import (
    AcceptanceFigures,
    Agreement,
    FindingAgreement,
    Measured,
    StudyOutcome,
)
from engine.language.agreement import SHUFFLES, exchanged, intervals, label_rows, rates
from engine.language.findings import categories

RESAMPLES = 500
_GROUP_ORDER = ("view", "sex", "age", "device", "month")


def figures_of(outcomes: Sequence[StudyOutcome]) -> AcceptanceFigures:
    """All figures; `outcomes` must hold at least one study."""
    names = categories()
    drafted = label_rows([frozenset(one.drafted) for one in outcomes], names)
    reported = label_rows([frozenset(one.reported) for one in outcomes], names)
    abnormal = np.array([one.is_abnormal for one in outcomes])
    own = _counts(drafted, reported)
    orders = [_counts(drafted[order], reported) for order in exchanged(len(outcomes))]
    others = np.sum(orders, axis=0)
    claims = _best_constant(reported)
    constant = _counts(np.tile(claims, (len(outcomes), 1)), reported)
    seconds = [one.seconds for one in outcomes]
    return AcceptanceFigures(
        whole=_agreement("all studies", own),
        abnormal=_agreement("abnormal studies", own[abnormal]) if abnormal.any() else None,
        exchanged=_exchanged("films exchanged", others),
        exchanged_abnormal=(
            _exchanged("films exchanged, abnormal studies", others[abnormal])
            if abnormal.any()
            else None
        ),
        constant=_agreement("best constant report", constant),
        constant_claims=tuple(name for name, is_in in zip(names, claims, strict=True) if is_in),
        ahead_of_exchanged=_ahead(own, others),
        ahead_of_constant=_ahead(own, constant),
        findings=_by_finding(drafted, reported, names),
        groups=_groups(outcomes, own),
        seconds=(float(np.median(seconds)), float(np.percentile(seconds, 95))),
    )


def _counts(drafted: NDArray[np.bool_], reported: NDArray[np.bool_]) -> NDArray[np.int64]:
    """`(n, 3)`: findings in both, in the draft and in the report of each study."""
    pairs = (drafted & reported, drafted, reported)
    return np.stack([table.sum(axis=1, dtype=np.int64) for table in pairs], axis=1)


def _rates(counts: NDArray[np.int64]) -> dict[str, float]:
    precision, recall, f1 = rates(*counts.sum(axis=0))
    return {"precision": float(precision), "recall": float(recall), "f1": float(f1)}


def _agreement(name: str, counts: NDArray[np.int64], times: int = 1) -> Agreement:
    """The agreement in studies with these counts, `times` drafts for each."""
    whole = _rates(counts)
    drawn = intervals(lambda rows: _rates(counts[rows]), len(counts), resamples=RESAMPLES)
    both, drafted, reported = (int(total) for total in counts.sum(axis=0) // times)
    return Agreement(
        name=name,
        studies=len(counts),
        reported=reported,
        drafted=drafted,
        both=both,
        **{key: _measured(value, drawn[key]) for key, value in whole.items()},
    )


def _exchanged(name: str, counts: NDArray[np.int64]) -> Agreement:
    return _agreement(name, counts, SHUFFLES)


def _measured(value: float, interval: tuple[float, float]) -> Measured:
    return Measured(value=value, low=interval[0], high=interval[1])


def _ahead(own: NDArray[np.int64], other: NDArray[np.int64]) -> Measured:
    """Difference of F1, both over the same drawn studies."""

    def difference(rows: NDArray[np.int64]) -> Mapping[str, float]:
        return {"f1": _rates(own[rows])["f1"] - _rates(other[rows])["f1"]}

    value = difference(np.arange(len(own)))["f1"]
    return _measured(value, intervals(difference, len(own), resamples=RESAMPLES)["f1"])


def _best_constant(reported: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The findings of the constant report with the greatest micro F1 on these very reports.

    F1 = 2 Σ n_c / (k N + Σ all n): for each number k of findings the most frequent are the best.
    """
    counts = reported.sum(axis=0)
    order = np.argsort(-counts, kind="stable")
    sizes = np.arange(1, len(order) + 1)
    f1 = 2.0 * np.cumsum(counts[order]) / (sizes * len(reported) + max(int(counts.sum()), 1))
    claims = np.zeros(len(order), dtype=bool)
    if counts.any():
        claims[order[: int(np.argmax(f1)) + 1]] = True
    return claims


def _by_finding(
    drafted: NDArray[np.bool_], reported: NDArray[np.bool_], names: Sequence[str]
) -> tuple[FindingAgreement, ...]:
    both = (drafted & reported).sum(axis=0)
    found = [
        FindingAgreement(
            category=name,
            reported=int(reported[:, column].sum()),
            drafted=int(drafted[:, column].sum()),
            both=int(both[column]),
        )
        for column, name in enumerate(names)
    ]
    occurring = [one for one in found if one.reported or one.drafted]
    return tuple(sorted(occurring, key=lambda one: (-one.reported, -one.drafted)))


def _groups(
    outcomes: Sequence[StudyOutcome], counts: NDArray[np.int64]
) -> tuple[tuple[str, tuple[Agreement, ...]], ...]:
    known = [dict(one.groups) for one in outcomes]
    found = []
    for kind in _GROUP_ORDER:
        values = [one.get(kind, "") for one in known]
        # One group for all says nothing that the whole does not.
        if len(set(values)) < 2:
            continue
        ordered = sorted(set(values), key=lambda value: (value == "", value))
        found.append(
            (
                kind,
                tuple(
                    _agreement(value or "not said", counts[np.array([v == value for v in values])])
                    for value in ordered
                ),
            )
        )
    return tuple(found)
