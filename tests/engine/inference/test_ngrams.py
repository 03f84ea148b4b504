"""The table of a model's own n-grams: counted once a report, and refused where it is damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import BundleError
from engine.inference.ngrams import NONE, RAREST, NgramTable, count_reports

DRAWN = [(7, 8, 7, 8, 9), (7, 8), (5,), ()]


def grams(*ids: int) -> np.ndarray:
    return np.array([ids], dtype=np.int64)


def test_an_n_gram_counts_once_for_each_report_that_holds_it() -> None:
    table = count_reports(DRAWN)
    assert table.reports == 4
    assert table.rarity(grams(7)) == pytest.approx(np.log(4 / 2))
    assert table.rarity(grams(7, 8)) == pytest.approx(np.log(4 / 2))
    assert table.rarity(grams(8, 7, 8, 9)) == pytest.approx(np.log(4 / 1))


def test_what_no_report_holds_is_the_rarest() -> None:
    table = count_reports(DRAWN)
    assert table.rarity(grams(9, 9)) == pytest.approx(-np.log(RAREST))
    assert table.rarity(grams(NONE)) == pytest.approx(-np.log(RAREST))


def test_rare_n_grams_are_not_kept() -> None:
    table = count_reports([(1, 2)] * 4000 + [(3,)])
    assert sorted(table.rows[:, 0].tolist()) == [NONE, 1, 1, 2]


def test_words_are_usual_where_all_their_runs_are() -> None:
    table = count_reports([(1, 2, 3, 4)] * 4000 + [(4, 3, 2)])
    assert table.is_usual((1, 2, 3, 4), 3)
    assert not table.is_usual((1, 2, 4), 3)
    assert not table.is_usual((4, 3, 2), 3)
    assert table.is_usual((4, 3), 3)


def test_the_order_of_the_reports_does_not_matter() -> None:
    assert (count_reports(DRAWN).rows == count_reports(DRAWN[::-1]).rows).all()


def test_a_saved_table_is_the_same(tmp_path: Path) -> None:
    table = count_reports(DRAWN)
    np.save(tmp_path / "ngrams.npy", table.rows)
    assert (NgramTable.load(tmp_path / "ngrams.npy").rows == table.rows).all()


def damaged_rows() -> dict[str, np.ndarray]:
    good = count_reports(DRAWN).rows
    negative, huge, more = good.copy(), good.copy(), good.copy()
    negative[1, 0], huge[1, 0], more[1, 4] = -2, 1 << 15, 5
    return {
        "no row": good[:0],
        "no number of reports": good[1:],
        "too narrow": good[:, :4],
        "numbers of another kind": good.astype(np.float32),
        "an id below none": negative,
        "an id that fits no key": huge,
        "more reports than there are": more,
    }


@pytest.mark.parametrize("name", list(damaged_rows()))
def test_rows_that_make_no_sense_are_refused(name: str, tmp_path: Path) -> None:
    np.save(tmp_path / "ngrams.npy", damaged_rows()[name])
    with pytest.raises(BundleError, match=r"ngrams\.npy"):
        NgramTable.load(tmp_path / "ngrams.npy")


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"nothing of the kind"])
def test_a_file_that_is_no_table_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "ngrams.npy").write_bytes(content)
    with pytest.raises(BundleError, match=r"ngrams\.npy"):
        NgramTable.load(tmp_path / "ngrams.npy")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"ngrams\.npy"):
        NgramTable.load(tmp_path / "ngrams.npy")
