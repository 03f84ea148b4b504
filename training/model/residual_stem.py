"""The published stem: ResNet-101 up to its third residual stage (cmcrl.md 2)."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor
from transformers import ResNetConfig, ResNetModel

from engine.errors import DamagedFileError
from training.model.stem import Stem, StemForm

STAGES = ResNetConfig(depths=[3, 4, 23], hidden_sizes=[256, 512, 1024], layer_type="bottleneck")


class ResidualStem(Stem):
    """`(B, 3, 224, 224)` to `(B, 1024, 14, 14)`; 27.5 M parameters.

    Args:
        stages: Depths and widths; the last width is the number of channels.
    """

    form = StemForm.RESNET101

    def __init__(self, stages: ResNetConfig = STAGES) -> None:
        super().__init__()
        self.network = ResNetModel(stages)
        self.channels = self.network.config.hidden_sizes[-1]

    def forward(self, images: Tensor) -> Tensor:
        """Feature map of normalised films: `(B, 3, S, S)` to `(B, channels, S/16, S/16)`."""
        # Calling the parts skips the pooled output, which nobody uses.
        features: Tensor = self.network.encoder(self.network.embedder(images)).last_hidden_state
        return features


def pretrained_stem(folder: Path, stages: ResNetConfig = STAGES) -> ResidualStem:
    """A stem with the weights of a ResNet that Hugging Face's `save_pretrained` wrote.

    Later stages and the classifier of the folder's network are ignored; nothing is downloaded.

    Raises:
        DamagedFileError: The folder does not hold every weight of the stem.
    """
    stem = ResidualStem(stages)
    try:
        stem.network, report = ResNetModel.from_pretrained(
            folder, config=stages, local_files_only=True, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise DamagedFileError(f"There are no ResNet weights in {folder.name}.") from error
    if report["missing_keys"] or report["mismatched_keys"]:
        raise DamagedFileError(f"The ResNet in {folder.name} is not of this stem's shape.")
    return stem
