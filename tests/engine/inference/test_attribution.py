"""Cells and the deletion test, on films and models whose answer is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from testkit.tiny_bundle import GRID, SIZE, write_tiny_bundle

from engine.domain.evidence import EvidenceGrade
from engine.inference.attribution import (
    CONTROLS,
    Cell,
    Deletion,
    deletion_test,
    sentence_cells,
    without_cells,
)
from engine.inference.generated import Generated
from engine.inference.generator import Generator
from engine.workers.plain import from_plain, to_plain


def lit(row: int, column: int, grid: int = 7, size: int = 224) -> np.ndarray:
    """One black film with one bright cell."""
    film = np.zeros((1, 3, size, size), dtype=np.float32)
    step = size // grid
    film[0, :, row * step : (row + 1) * step, column * step : (column + 1) * step] = 1.0
    return film


def result_of(cell: Cell) -> Deletion:
    """Of a sentence whose score is the brightness of the one bright cell."""
    place = slice(2 * 32, 3 * 32), slice(3 * 32, 4 * 32)

    def brightness(films: np.ndarray) -> float:
        return float(10 * films[0, 0, *place].mean())

    films = lit(2, 3)
    return deletion_test(
        lambda each: list(map(brightness, each)), brightness(films), films, [cell], 7
    )


def test_a_sentence_that_needs_its_cell_rests_on_it():
    result = result_of(Cell(view=0, row=2, column=3))
    assert result.drop > 9
    assert len(result.control_drops) == CONTROLS
    assert result.beats_random
    assert result.grade is EvidenceGrade.RESTS_ON


def test_a_sentence_that_needs_another_cell_is_not_shown_to():
    result = result_of(Cell(view=0, row=5, column=5))
    assert result.drop == 0
    assert result.grade is EvidenceGrade.NOT_SHOWN


def test_a_fall_that_random_cells_cause_too_shows_nothing():
    assert Deletion(drop=2.0, control_drops=(0.1, 2.5)).grade is EvidenceGrade.NOT_SHOWN
    assert Deletion(drop=0.2, control_drops=(0.1, 0.0)).grade is EvidenceGrade.NOT_SHOWN
    assert Deletion(drop=2.0, control_drops=(0.1, 0.3)).grade is EvidenceGrade.RESTS_ON


def test_the_strongest_local_cells_come_first_over_both_views():
    attention = np.zeros((2, 1 + 2 * 4), dtype=np.float32)
    attention[:, 0] = 0.5
    attention[:, 1 + 6] = 0.3
    attention[:, 1 + 1] = 0.2
    cells = sentence_cells(attention, np.array([1, 6, 6, 3]), grid=2)
    assert [(c.view, c.row, c.column) for c in cells] == [(1, 1, 0), (0, 0, 1), (0, 1, 1)]
    assert cells[0].weight == pytest.approx(0.6)


def test_without_content_words_there_are_no_cells():
    assert sentence_cells(np.zeros((0, 5), dtype=np.float32), np.array([0]), grid=2) == ()


@given(st.sets(st.integers(0, 97), min_size=1, max_size=6))
def test_only_the_cells_are_painted_and_the_view_keeps_its_mean_there(chosen):
    random = np.random.default_rng(0)
    films = random.normal(size=(2, 3, 28, 28)).astype(np.float32)
    cells = [Cell(view=i // 49, row=i % 49 // 7, column=i % 7) for i in chosen]
    painted = without_cells(films, cells, 7)
    changed = (painted != films).any(axis=1).reshape(2, 7, 4, 7, 4).any(axis=(2, 4))
    assert {tuple(place) for place in np.argwhere(changed)} == {
        (c.view, c.row, c.column) for c in cells
    }


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    folder: Path = tmp_path_factory.mktemp("bundle")
    write_tiny_bundle(folder)
    return Generator.load(folder)


def test_forced_scores_are_those_of_the_search(generator):
    films = np.random.default_rng(4).normal(size=(2, 3, SIZE, SIZE)).astype(np.float32)
    written = generator.generate(films)
    ids = generator._tokenizer.ids(written.sentences[0].raw)
    scores = generator.score(films, ids)
    assert scores.sum() == pytest.approx(written.sentences[0].log_prob, abs=1e-3)


def test_only_the_sentences_asked_about_are_tested(generator):
    films = np.random.default_rng(4).normal(size=(2, 3, SIZE, SIZE)).astype(np.float32)
    plain = generator.generate(films)
    asked = plain.sentences[-1].text
    written = generator.generate(films, explains=lambda text: text == asked)
    assert plain.cells == ()
    assert written.sentences == plain.sentences
    assert {plain.sentences[c.sentence].text for c in written.cells} == {asked}
    for cell in written.cells[0].cells:
        assert cell.view in {0, 1}
        assert 0 <= cell.row < GRID
        assert 0 <= cell.column < GRID
    plain = json.loads(json.dumps(to_plain(written)))
    assert from_plain(Generated, plain) == written
