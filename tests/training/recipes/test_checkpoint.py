import pytest
import torch
from torch import nn

from engine.errors import DamagedFileError, NotFoundError
from training.recipes.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimizer_tensors,
    prefixed,
    restore_optimizer,
    save_checkpoint,
)


def step(model, optimizer):
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    optimizer.zero_grad()


def test_an_optimiser_goes_on_where_it_stopped(tmp_path):
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    step(model, optimizer)
    tensors = prefixed("model", model.state_dict())
    tensors |= prefixed("optimizer", optimizer_tensors(optimizer))
    save_checkpoint(tmp_path, Checkpoint(tensors=tensors, state={"step": 1}), 1)
    step(model, optimizer)

    again = nn.Linear(3, 2)
    kept = load_checkpoint(tmp_path)
    again.load_state_dict(kept.group("model"))
    continued = torch.optim.AdamW(again.parameters(), lr=0.1)
    restore_optimizer(continued, kept.group("optimizer"))
    step(again, continued)
    assert kept.state == {"step": 1}
    torch.testing.assert_close(again.weight, model.weight)


def test_only_the_newest_checkpoint_is_kept(tmp_path):
    for number in (9, 10):
        kept = Checkpoint(tensors={"a": torch.tensor([number])}, state={})
        save_checkpoint(tmp_path, kept, number)
    assert [path.name for path in tmp_path.iterdir()] == ["step-0000010"]
    assert load_checkpoint(tmp_path).tensors["a"].item() == 10


def test_an_unfinished_checkpoint_does_not_count(tmp_path):
    (tmp_path / ".step-0000003.part").mkdir()
    with pytest.raises(NotFoundError):
        load_checkpoint(tmp_path)


def test_a_broken_checkpoint_is_named(tmp_path):
    folder = save_checkpoint(tmp_path, Checkpoint(tensors={"a": torch.ones(1)}, state={}), 1)
    (folder / "tensors.safetensors").write_bytes(b"short")
    with pytest.raises(DamagedFileError, match="step-0000001"):
        load_checkpoint(tmp_path)
