"""Counting agreement: orders that give every draft away, and intervals that come again."""

from __future__ import annotations

import numpy as np
import pytest

from engine.language.agreement import exchanged, intervals, label_rows, rates


@pytest.mark.parametrize("count", [2, 3, 40])
def test_no_study_keeps_its_draft_and_none_is_lost(count: int) -> None:
    orders = list(exchanged(count, times=5))
    assert len(orders) == 5
    for order in orders:
        assert sorted(order) == list(range(count))
        assert not (order == np.arange(count)).any()
    assert count < 4 or not np.array_equal(orders[0], orders[1])


def test_orders_and_intervals_come_again() -> None:
    assert all(np.array_equal(a, b) for a, b in zip(exchanged(9), exchanged(9), strict=True))
    values = np.arange(30.0)

    def mean(rows: np.ndarray) -> dict[str, float]:
        return {"mean": float(values[rows].mean())}

    low, high = intervals(mean, 30)["mean"]
    assert low < values.mean() < high
    assert intervals(mean, 30)["mean"] == (low, high)


def test_nothing_asserted_and_nothing_true_is_no_division_by_nothing() -> None:
    table = label_rows([], ("a", "b"))
    assert table.shape == (0, 2)
    assert [float(rate) for rate in rates(*np.zeros(3, dtype=np.int64))] == [0.0, 0.0, 0.0]
