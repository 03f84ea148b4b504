"""Which cells of the films a sentence looked at, and whether it depends on them.

The cells are the generator's own: cross-attention of the sentence's content words, limited to the
cells that the model sampled as local ones (cmcrl.md eq 7). Attention alone proves nothing, so each
set of cells is graded by deletion: they are painted out, the same words are scored again, and the
drop in log-probability is compared with that for as many random cells of the same films (ROAR-like
control, Hooker et al. 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import LEAST_FALL, EvidenceGrade

MOST_CELLS = 6
CONTROLS = 4

# Words that carry no finding: their attention does not say where the model looked for one.
# fmt: off
_FUNCTION_WORDS = frozenset([
    "the", "a", "an", "is", "are", "was", "were", "be", "been", "of", "in", "on", "at", "to", "and",
    "or", "with", "without", "within", "there", "this", "that", "these", "it", "no", "not", "seen",
    "noted", "identified", "present", "evidence", "appear", "appears", "which", "has", "have",
    "for", "by", "as", "from", ".",
])
# fmt: on

Films = NDArray[np.float32]
ScoreEach = Callable[[Sequence[Films]], Sequence[float]]
"""Log-probability (natural) of a sentence for each set of films, each `(v, 3, size, size)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A square of a view's grid.

    Attributes:
        view: Index of the film in the model's input.
        row: From the top.
        column: From the left.
        weight: Share of the attention to all cells, 0 to 1.
    """

    view: int
    row: int
    column: int
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """Result of a deletion test; all values are drops in log-probability, natural.

    Attributes:
        drop: Without the cells.
        control_drops: Without as many random cells, one value per draw.
    """

    drop: float
    control_drops: tuple[float, ...]

    @property
    def control_drop(self) -> float:
        """Mean of the controls; 0 if there are none."""
        return sum(self.control_drops) / len(self.control_drops) if self.control_drops else 0.0

    @property
    def beats_random(self) -> bool:
        """Whether the cells mattered more than random ones on average."""
        return self.drop > self.control_drop

    @property
    def grade(self) -> EvidenceGrade:
        """RESTS_ON if the drop counts and no random draw reached it."""
        is_shown = self.drop >= LEAST_FALL and all(self.drop > c for c in self.control_drops)
        return EvidenceGrade.RESTS_ON if is_shown else EvidenceGrade.NOT_SHOWN


def is_content_word(word: str) -> bool:
    """Whether a word of the model can carry a finding."""
    return word not in _FUNCTION_WORDS


def sentence_cells(
    attention: NDArray[np.float32], local_cells: NDArray[np.int64], grid: int
) -> tuple[Cell, ...]:
    """The cells that a sentence looked at most, strongest first, at most `MOST_CELLS`.

    Args:
        attention: `(L, 1 + v grid^2)`, cross-attention of the sentence's content words over the
            visual tokens, CLS first.
        local_cells: `(M,)`, indices of the sampled cells over all views, repeats allowed.
        grid: Cells per side and view.
    """
    if attention.shape[0] == 0:
        return ()
    weights = attention[:, 1:].mean(axis=0)
    total = float(weights.sum())
    chosen = np.unique(local_cells)
    order = chosen[np.argsort(-weights[chosen], kind="stable")][:MOST_CELLS]
    return tuple(
        _cell(int(index), grid, float(weights[index]) / total if total > 0 else 0.0)
        for index in order
    )


def without_cells(films: Films, cells: Sequence[Cell], grid: int) -> Films:
    """The films with cells painted in the view's own mean grey.

    Args:
        films: `(v, 3, size, size)`, normalised.
        cells: The cells to paint out.
        grid: Cells per side and view; pixels are divided as evenly as the size allows.
    """
    painted = films.copy()
    edges = np.linspace(0, films.shape[-1], grid + 1).round().astype(int)
    means = films.mean(axis=(2, 3), keepdims=True)
    for cell in cells:
        rows = slice(edges[cell.row], edges[cell.row + 1])
        columns = slice(edges[cell.column], edges[cell.column + 1])
        painted[cell.view, :, rows, columns] = means[cell.view]
    return painted


def deletion_test(
    score: ScoreEach,
    whole: float,
    films: Films,
    cells: Sequence[Cell],
    grid: int,
    *,
    controls: int = CONTROLS,
) -> Deletion:
    """Score a sentence without its cells, and without as many random ones of the same films.

    Args:
        score: Scores the sentence; called once with 1 + `controls` sets of films.
        whole: Score of the sentence with the whole films.
        films: `(v, 3, size, size)` as given to the model.
        cells: The sentence's own.
        grid: Cells per side and view.
        controls: Number of random draws. They avoid the sentence's cells if enough others are left,
            and are the same for the same cells.
    """
    draw = np.random.default_rng([c.view * grid * grid + c.row * grid + c.column for c in cells])
    tried = [cells, *(_others(cells, grid, draw) for _ in range(controls))]
    own, *others = score([without_cells(films, chosen, grid) for chosen in tried])
    return Deletion(drop=whole - own, control_drops=tuple(whole - other for other in others))


def _others(cells: Sequence[Cell], grid: int, draw: np.random.Generator) -> list[Cell]:
    """As many random cells of each view, other than these if there are enough."""
    found: list[Cell] = []
    by_view = sorted(cells, key=lambda cell: cell.view)
    for view, group in groupby(by_view, key=lambda cell: cell.view):
        taken = [cell.row * grid + cell.column for cell in group]
        free = np.setdiff1d(np.arange(grid * grid), taken)
        pool = free if len(free) >= len(taken) else np.arange(grid * grid)
        for index in draw.choice(pool, size=len(taken), replace=False):
            row, column = divmod(int(index), grid)
            found.append(Cell(view=view, row=row, column=column))
    return found


def _cell(index: int, grid: int, weight: float) -> Cell:
    view, cell = divmod(index, grid * grid)
    row, column = divmod(cell, grid)
    return Cell(view=view, row=row, column=column, weight=weight)
