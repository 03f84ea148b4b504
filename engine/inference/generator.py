"""From the model's input to the sentences of a draft: encode once, then search for words."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.domain.bundle import BundleManifest
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.errors import BundleError, InferenceError
from engine.inference.beam import beam_search
from engine.inference.generated import Generated
from engine.inference.manifest import TOKENIZER, verify_bundle
from engine.inference.ort_step import OrtStep
from engine.inference.sentences import readable, sentences, without_repeats
from engine.inference.session import Sessions, open_sessions
from engine.inference.tokenizer import Tokenizer

CUT_WARNING = "The draft reached its greatest length; its end may be missing."
REPEAT_WARNING = "The model repeated a sentence word for word; it is shown once."
EMPTY_WARNING = "The model wrote no sentence about these films."


class Generator:
    """A loaded bundle.

    Attributes:
        manifest: What the bundle says about itself.
        sessions: Its graphs, with the provider they got.
    """

    def __init__(self, manifest: BundleManifest, tokenizer: Tokenizer, sessions: Sessions) -> None:
        if len(tokenizer) != manifest.shape.vocabulary_rows:
            raise BundleError("The model and its word table do not belong together.")
        self.manifest = manifest
        self.sessions = sessions
        self._tokenizer = tokenizer
        self._forbidden = tokenizer.ids_of(manifest.decoding.forbidden)

    @classmethod
    def load(cls, folder: Path, *, allow_gpu: bool = True) -> Generator:
        """Verify the bundle in that folder and load it; raises `BundleError`."""
        manifest = verify_bundle(folder)
        tokenizer = Tokenizer.load(folder / TOKENIZER)
        return cls(manifest, tokenizer, open_sessions(folder, manifest, allow_gpu=allow_gpu))

    def generate(
        self,
        images: NDArray[np.float32],
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Generated:
        """Write the findings of one study.

        Args:
            images: `(v, 3, size, size)` from `engine.imaging.preprocess`, the frontal film first.
            progress: Told after every word; `partial_text` is the best text so far.
            cancel: Asked before every word.

        Raises:
            CancelledError: `cancel` was set.
            InferenceError: The input does not fit the model, or a run failed.
        """
        started = time.perf_counter()
        step = self._encoded(images)
        encoded = time.perf_counter()
        beams = beam_search(
            step,
            self.manifest.decoding,
            self._tokenizer.special,
            self._forbidden,
            lambda ids: self._tell(progress, ids),
            cancel,
        )
        best = beams[0]
        written = sentences(self._tokenizer.words(best.ids), best.log_probs)
        shown = without_repeats(written)
        signs = [
            (best.end_log_prob is None, CUT_WARNING),
            (len(shown) < len(written), REPEAT_WARNING),
            (not shown, EMPTY_WARNING),
        ]
        return Generated(
            sentences=shown,
            warnings=tuple(warning for is_so, warning in signs if is_so),
            encode_s=encoded - started,
            words_s=time.perf_counter() - encoded,
        )

    def _encoded(self, images: NDArray[np.float32]) -> OrtStep:
        shape, size = self.manifest.shape, self.manifest.preprocess.size
        views = len(images)
        if views not in shape.views or images.shape != (views, 3, size, size):
            raise InferenceError("These films do not fit the model.")
        feed: dict[str, Any] = {
            "images": images[None],
            "view_ids": np.arange(views, dtype=np.int64)[None],
        }
        try:
            mediator, memory = self.sessions.encoder.run(["mediator", "memory_kv"], feed)
        except Exception as error:  # ONNX Runtime's errors share no other base
            raise InferenceError("The model could not read the films.") from error
        return OrtStep(self.sessions.step, shape, mediator, memory)

    def _tell(self, progress: ProgressSink, ids: tuple[int, ...]) -> None:
        progress(
            Progress(
                done=len(ids),
                total=self.manifest.decoding.max_tokens,
                message=f"{len(ids)} words written",
                partial_text=readable(self._tokenizer.words(ids)),
            )
        )
