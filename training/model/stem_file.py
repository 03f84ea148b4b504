"""Stems on disk: one safetensors file whose header says which network it holds."""

from __future__ import annotations

from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file, save_file

from engine.errors import DamagedFileError
from training.model.stem import Stem, StemForm
from training.model.visual_encoder import VisualStem, imagenet_stem

FORM = "stem"


def new_stem(form: StemForm, weights: Path | None = None) -> Stem:
    """A stem to start training with.

    Args:
        form: Which network.
        weights: File that an earlier training wrote, or, for a ResNet-101, folder with weights in
            Hugging Face's format. None takes ImageNet's weights, which only EfficientNet-Lite0
            comes with; a ResNet-101 then starts with random ones.

    Raises:
        DamagedFileError: The weights are missing, cut short or of another network.
    """
    if weights is not None and weights.is_file():
        stem = read_stem(weights)
        if stem.form is not form:
            raise DamagedFileError(f"{weights.name} holds a {stem.form}, not a {form}.")
        return stem
    match form:
        case StemForm.EFFICIENTNET_LITE0 if weights is None:
            return imagenet_stem()
        case StemForm.RESNET101:
            return _residual_stem(weights)
        case _:
            raise DamagedFileError(f"There are no weights of a {form} in {weights}.")


def stem_name(weights: Path | None) -> str:
    """The weights a run started with, for the log, so that a forgotten stem is noticed."""
    return "none named" if weights is None else weights.name


def write_stem(stem: Stem, path: Path) -> None:
    """Write the weights, with the name of their network."""
    tensors = {name: value.detach().contiguous() for name, value in stem.state_dict().items()}
    save_file(tensors, path, metadata={FORM: stem.form.value})


def read_stem(path: Path) -> Stem:
    """Read what `write_stem` wrote; a file without a network name holds an EfficientNet-Lite0.

    Raises:
        DamagedFileError: It cannot be read or does not hold every weight.
    """
    try:
        with safe_open(path, framework="pt") as file:
            form = StemForm((file.metadata() or {}).get(FORM, StemForm.EFFICIENTNET_LITE0))
        stem = VisualStem() if form is StemForm.EFFICIENTNET_LITE0 else _residual_stem(None)
        stem.load_state_dict(load_file(path), strict=True)
    except Exception as error:  # safetensors raises an exception type of its own
        raise DamagedFileError(f"The stem {path.name} cannot be read.") from error
    return stem


def _residual_stem(folder: Path | None) -> Stem:
    # transformers takes seconds to import, and only this network needs it.
    from training.model.residual_stem import ResidualStem, pretrained_stem  # noqa: PLC0415

    return ResidualStem() if folder is None else pretrained_stem(folder)
