import pytest
import torch
from safetensors.torch import save_file

from training.model.visual_encoder import VisualStem, imagenet_stem, load_stem


@pytest.fixture(scope="module")
def stem():
    return imagenet_stem()


def test_the_map_is_14_by_14_of_112_channels(stem):
    stem.eval()
    assert stem(torch.zeros(1, 3, 224, 224)).shape == (1, 112, 14, 14)
    assert sum(p.numel() for p in stem.parameters()) == pytest.approx(0.70e6, rel=0.01)


def test_imagenet_statistics_fit_the_weights(stem):
    """With wrongly assigned weights the stored statistics would not be those of the layer."""
    stem.eval()
    seen = {}
    norm = stem.blocks[10].project[1]
    norm.register_forward_hook(lambda _m, given, _out: seen.update(x=given[0]))
    draw = torch.Generator().manual_seed(0)
    coarse = torch.rand(8, 3, 7, 7, generator=draw)
    picture = torch.nn.functional.interpolate(coarse, 224, mode="bicubic").clamp(0, 1)
    with torch.no_grad():
        stem((picture - 0.498) / 0.502)
    spread = seen["x"].transpose(0, 1).flatten(1).var(dim=1)
    ratio = (spread / norm.running_var).median().item()
    assert 0.2 < ratio < 5.0


def test_a_frozen_stem_stays_as_it_is():
    stem = VisualStem().frozen()
    holder = torch.nn.Sequential(stem, torch.nn.Dropout())
    holder.train()
    before = {key: value.clone() for key, value in stem.state_dict().items()}
    stem(torch.randn(2, 3, 64, 64))
    assert all(torch.equal(before[key], value) for key, value in stem.state_dict().items())
    assert not any(p.requires_grad for p in stem.parameters())
    assert holder[1].training


def test_stored_weights_come_back(tmp_path, stem):
    save_file(stem.state_dict(), tmp_path / "stem.safetensors")
    again = load_stem(tmp_path / "stem.safetensors").eval()
    picture = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(again(picture), stem.eval()(picture))
