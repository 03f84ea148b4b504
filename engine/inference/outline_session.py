"""The outline model in ONNX Runtime: where lungs and heart lie on a film.

As with the bundle, every file is hashed before a session is made from it. The graph runs on the
processor, which takes less time than loading it onto a graphics card would.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from engine.domain.outline import CLASSES, OutlineManifest
from engine.errors import BundleError, InferenceError
from engine.inference.device import CPU
from engine.inference.manifest import manifest_sha256
from engine.inference.outline import GRAPH, Outlined, verify_outline


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OutlineModel:
    """A verified outline model, ready to run."""

    manifest: OutlineManifest
    session: ort.InferenceSession

    @classmethod
    def load(cls, folder: Path, wanted_sha256: str) -> OutlineModel:
        """Verify and load the model whose manifest has that hash.

        Raises:
            BundleError: It is missing, damaged or another one.
        """
        if manifest_sha256(folder) != wanted_sha256:
            raise BundleError("The outline model was exchanged while it was in use.")
        manifest = verify_outline(folder)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 2
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            session = ort.InferenceSession(str(folder / GRAPH), options, providers=[CPU])
        except Exception as error:  # ONNX Runtime's errors have no common base
            raise BundleError(f"The model's graph {GRAPH} cannot be loaded.") from error
        return cls(manifest=manifest, session=session)

    def outline(self, films: NDArray[np.float32]) -> Outlined:
        """Probabilities of the classes for grey films `(n, 1, S, S)` in [0, 1].

        Raises:
            InferenceError: The graph cannot take them, or answers in another shape.
        """
        try:
            (shares,) = self.session.run(["shares"], {"films": films})
        except Exception as error:
            raise InferenceError("The outline model could not read the film.") from error
        count, side = len(films), self.manifest.size
        if not isinstance(shares, np.ndarray) or shares.shape != (count, len(CLASSES), side, side):
            raise InferenceError("The outline model gave an answer of another shape.")
        return Outlined(shares=shares)
