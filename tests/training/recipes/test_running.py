"""A run's clock and checkpoints: what was kept comes back, or is refused with a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from engine.errors import InputError
from training.recipes import running
from training.recipes.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.recipes.running import Keeper, RunProgress
from training.recipes.schedule import WeightAverage

CARD = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no graphics card")


@dataclass
class Loop:
    """A net with dropout that learns to give ones."""

    folder: Path
    device: str = "cpu"
    width: int = 3
    is_first: bool = True

    def __post_init__(self) -> None:
        torch.manual_seed(1)
        self.net = nn.Sequential(nn.Linear(2, self.width), nn.Dropout(0.5)).to(self.device)
        self.average = WeightAverage(self.net, 0.9)
        self.optimizer = torch.optim.AdamW([{"params": list(self.net.parameters()), "peak": 0.1}])
        self.generator = torch.Generator().manual_seed(2)
        self.progress = RunProgress(budget_minutes=0.0)
        self.keeper = Keeper(
            folder=self.folder,
            minutes=0.0,
            progress=self.progress,
            modules={"net": self.net},
            optimizer=self.optimizer,
            generator=self.generator,
            average=self.average,
            is_first=self.is_first,
        )

    def steps(self, count: int) -> Loop:
        for _ in range(count):
            films = torch.randn(4, 2, generator=self.generator).to(self.device)
            (self.net(films) - 1).square().mean().backward()
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.average.update(self.net)
        return self

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        return {**self.net.state_dict(), **{f"a/{k}": v for k, v in self.average.tensors.items()}}


def assert_same(one: Loop, other: Loop) -> None:
    torch.testing.assert_close(other.weights, one.weights, rtol=0, atol=0)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, CARD])])
def test_a_run_goes_on_as_if_it_had_never_stopped(tmp_path: Path, device: str) -> None:
    whole = Loop(tmp_path / "whole", device).steps(7)
    before = Loop(tmp_path / "cut", device).steps(4)
    before.progress.seconds = 90.0
    before.keeper.save(4, {"place": 4})
    torch.rand(5, device=device)  # whatever else draws meanwhile
    after = Loop(tmp_path / "cut", device)
    assert after.keeper.restore("place") == {"place": 4}
    assert after.progress.minutes == 1.5
    assert_same(whole, after.steps(3))


def test_a_new_run_has_nothing_to_go_on_from(tmp_path: Path) -> None:
    assert Loop(tmp_path).keeper.restore("place") is None


def test_only_the_first_process_writes(tmp_path: Path) -> None:
    Loop(tmp_path, is_first=False).keeper.save(1, {})
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_from_before_the_cards_random_state_goes_on(tmp_path: Path) -> None:
    whole = Loop(tmp_path / "whole").steps(5)
    Loop(tmp_path / "cut").steps(2).keeper.save(2, {})
    kept = load_checkpoint(tmp_path / "cut")
    old = {name: value for name, value in kept.tensors.items() if name != "cuda_rng"}
    save_checkpoint(tmp_path / "cut", Checkpoint(tensors=old, state=kept.state), 2)
    after = Loop(tmp_path / "cut")
    after.keeper.restore()
    assert_same(whole, after.steps(3))


@pytest.mark.parametrize("lost", ["generator", "rng", "net/0.weight", "average"])
def test_a_checkpoint_that_lacks_something_is_refused(tmp_path: Path, lost: str) -> None:
    Loop(tmp_path).steps(2).keeper.save(2, {})
    kept = load_checkpoint(tmp_path)
    left = {name: value for name, value in kept.tensors.items() if not name.startswith(lost)}
    state = {name: value for name, value in kept.state.items() if not name.startswith(lost)}
    save_checkpoint(tmp_path, Checkpoint(tensors=left, state=state), 2)
    with pytest.raises(InputError, match="does not fit this run"):
        Loop(tmp_path).keeper.restore()


def test_a_checkpoint_of_another_loop_is_refused(tmp_path: Path) -> None:
    Loop(tmp_path).steps(2).keeper.save(2, {"place": 1})
    with pytest.raises(InputError, match="another version"):
        Loop(tmp_path, width=5).keeper.restore("place")
    with pytest.raises(InputError, match="another version"):
        Loop(tmp_path).keeper.restore("place", "losses")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which only passes when it is moved."""
    now = [0.0]
    monkeypatch.setattr(running, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_the_clock_or_the_count_ends_a_run_whichever_is_further(clock: list[float]) -> None:
    progress = RunProgress(budget_minutes=2.0)
    assert progress.done(0.1) == 0.1
    with progress.timed():
        clock[0] += 60.0
    clock[0] += 999.0  # between the steps nothing counts
    assert progress.done(0.1) == 0.5
    assert progress.done(0.7) == 0.7
    progress.budget_minutes = 0.0
    assert progress.done(0.1) == 0.1


def test_all_processes_take_the_seconds_of_one(clock: list[float]) -> None:
    progress = RunProgress(budget_minutes=1.0, agree=lambda seconds: seconds + 2.0)
    with progress.timed():
        clock[0] += 5.0
    assert progress.seconds == 7.0


def test_each_group_of_weights_follows_its_own_peak() -> None:
    groups = [{"params": [nn.Parameter(torch.ones(1))], "peak": peak} for peak in (1.0, 0.1)]
    optimizer = torch.optim.AdamW(groups)
    progress = RunProgress(budget_minutes=0.0, warmup=0.5, floor=0.2)
    for done, factor in ((0.25, 0.5), (0.5, 1.0), (1.0, 0.2)):
        progress.set_rates(optimizer, done)
        rates = [group["lr"] for group in optimizer.param_groups]
        assert rates == pytest.approx([factor, 0.1 * factor])


def test_checkpoints_are_written_when_they_are_due(clock: list[float], tmp_path: Path) -> None:
    loop = Loop(tmp_path)
    loop.keeper.minutes, loop.keeper._saved = 2.0, 0.0
    for moment, is_there in ((100.0, False), (121.0, True)):
        clock[0] = moment
        loop.keeper.save_if_due(int(moment), {})
        assert (tmp_path / f"step-{int(moment):07d}").exists() is is_there
