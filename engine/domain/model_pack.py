"""The models that a workspace can draft with, and what a trial of one showed."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.bundle import BundleManifest

INSTALLED = "installed"
"""Name of the model that came with the program or that this computer's settings name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTrial:
    """What a model wrote about the demo studies.

    Attributes:
        studies: Number of studies drafted.
        sentences: Number of sentences in all.
        understood: Sentences in which the reader of findings found something.
        distinct: Number of different drafts.
        seconds: Of the slowest draft.
    """

    studies: int
    sentences: int
    understood: int
    distinct: int
    seconds: float

    @property
    def remark(self) -> str:
        """What an administrator should know before the model is put to use; empty for nothing."""
        if self.studies > 1 and self.distinct == 1:
            return f"It wrote the same about all {self.studies} demo studies."
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPack:
    """A model of the workspace.

    Attributes:
        name: What it is called by; `INSTALLED` or bundle and version.
        manifest: None if it cannot be read; `problem` then says why.
        sha256: Hash of the manifest, hex; empty without one.
        is_used: Whether studies are drafted with it.
        is_former: Whether it is the one that was used before.
        trial: None for the installed model, which needs none.
        problem: Why it cannot be used; empty if it can.
    """

    name: str
    manifest: BundleManifest | None
    sha256: str = ""
    is_used: bool = False
    is_former: bool = False
    trial: ModelTrial | None = None
    problem: str = ""

    @property
    def title(self) -> str:
        """Model and version as readers are shown them."""
        if self.manifest is None:
            return self.name
        return f"{self.manifest.bundle_id} {self.manifest.version}"


def pack_name(manifest: BundleManifest) -> str:
    """The name of an imported model, e.g. "cmcrl-s-0.4"."""
    return f"{manifest.bundle_id}-{manifest.version}"
