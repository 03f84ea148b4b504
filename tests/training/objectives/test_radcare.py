"""Task routing and the cut of a report (cmcrl.md 3.3, 3.5)."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from training.objectives.radcare import Task, draw_tasks, split_reports


def test_tasks_come_as_often_as_the_paper_says() -> None:
    generator = torch.Generator().manual_seed(0)
    drawn = Counter(draw_tasks(generator) for _ in range(4000))

    both = (Task.CONTINUE_FROM_FILM_AND_TEXT, Task.RESTORE_WITH_TEXT)
    assert drawn[both] / 4000 == pytest.approx(0.5, abs=0.03)
    assert drawn[(Task.RESTORE_FILM,)] / 4000 == pytest.approx(0.25, abs=0.03)
    assert drawn[(Task.CONTINUE_FROM_TEXT,)] / 4000 == pytest.approx(0.25, abs=0.03)


def test_both_parts_together_are_the_report_and_its_end() -> None:
    """Neither the last word nor EOS is lost (defect B5)."""
    ids = torch.tensor([[1, 11, 12, 13, 14, 15, 2], [1, 21, 22, 23, 2, 0, 0]])
    generator = torch.Generator().manual_seed(2)

    cuts = set()
    for _ in range(60):
        prefixes, postfixes = split_reports(ids, 0, generator)
        for prefix, postfix, row in zip(prefixes, postfixes, ids, strict=True):
            first, second = prefix[prefix != 0].tolist(), postfix[postfix != 0].tolist()
            assert second[0] == 1
            assert first + second[1:] == row[row != 0].tolist()
        cuts.add(int((prefixes[0] != 0).sum()))
    # Lr = 6: 2 <= t <= Lr - 2.
    assert cuts == {2, 3, 4}
