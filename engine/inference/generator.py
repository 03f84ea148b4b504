"""From the model's input to the sentences of a draft: encode once, then search for words."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.domain.bundle import BundleManifest
from engine.domain.evidence import KnockOut
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.report import DraftSentence
from engine.errors import BundleError, InferenceError
from engine.inference.attribution import (
    Cell,
    Deletion,
    Films,
    deletion_test,
    is_content_word,
    sentence_cells,
)
from engine.inference.beam import Beam
from engine.inference.drawing import Claims
from engine.inference.generated import Generated, SentenceCells
from engine.inference.knock_out import Box, Scores, knock_out, sums_by_sentence
from engine.inference.manifest import TOKENIZER, verify_bundle
from engine.inference.ort_step import OrtStep
from engine.inference.search import ReportSearch
from engine.inference.sentences import readable, sentences, spans, without_repeats
from engine.inference.session import Sessions, open_sessions
from engine.inference.tokenizer import Tokenizer

CUT_WARNING = "The draft reached its greatest length; its end may be missing."
REPEAT_WARNING = "The model repeated a sentence word for word; it is shown once."
EMPTY_WARNING = "The model wrote no sentence about these films."
TESTING = "Testing what the sentences rest on"
PAINTING = "Scoring the sentences without the area"

Asks = Callable[[str], bool]
"""Whether the cells of a sentence are wanted, by its text."""


Reads = Callable[[str], Collection[str]]
"""The findings that a text in the model's words claims."""


def asks_nothing(_text: str) -> bool:
    """No cells are wanted."""
    return False


class Generator:
    """A loaded bundle.

    Attributes:
        manifest: What the bundle says about itself.
        sessions: Its graphs, with the provider they got.
    """

    def __init__(
        self,
        manifest: BundleManifest,
        tokenizer: Tokenizer,
        sessions: Sessions,
        reads: Reads | None = None,
    ) -> None:
        if len(tokenizer) != manifest.shape.vocabulary_rows:
            raise BundleError("The model and its word table do not belong together.")
        self.manifest = manifest
        self.sessions = sessions
        self._tokenizer = tokenizer
        self._forbidden = tokenizer.ids_of(manifest.decoding.forbidden)
        self._claims = None if reads is None else _claims(tokenizer, reads)
        self._view_alone = 0

    @classmethod
    def load(cls, folder: Path, *, allow_gpu: bool = True, reads: Reads | None = None) -> Generator:
        """Verify the bundle in that folder and load it; raises `BundleError`.

        Args:
            folder: The bundle's folder.
            allow_gpu: Whether a graphics card may be used.
            reads: The findings that a text claims; for bundles whose draws agree on findings.
        """
        manifest = verify_bundle(folder)
        tokenizer = Tokenizer.load(folder / TOKENIZER)
        return cls(manifest, tokenizer, open_sessions(folder, manifest, allow_gpu=allow_gpu), reads)

    def reading_alone(self, view: int) -> Generator:
        """The same bundle for studies whose only film is of that view, 0 frontal or 1 lateral."""
        reader = copy(self)
        reader._view_alone = view  # noqa: SLF001 - its own
        return reader

    def generate(
        self,
        images: Films,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
        explains: Asks = asks_nothing,
    ) -> Generated:
        """Write the findings of one study.

        Args:
            images: `(v, 3, size, size)` from `engine.imaging.preprocess`, the frontal film first.
            progress: Told after every word; `partial_text` is the best text so far, empty while
                reports are drawn: which of them is the draft is known at the end.
            cancel: Asked before every word and every test of a sentence.
            explains: Which sentences are tested for what they rest on; each costs some seven runs.

        Raises:
            CancelledError: `cancel` was set.
            InferenceError: The input does not fit the model, or a run failed.
        """
        cancel = cancel or CancelToken()
        started = time.perf_counter()
        step, local_cells = self._encoded(images)
        encoded = time.perf_counter()
        search = ReportSearch(
            spec=self.manifest.decoding,
            ids=self._tokenizer.special,
            forbidden_ids=self._forbidden,
            claims=self._claims,
        )
        beams = search.find(step, lambda ids: self._tell(progress, ids), cancel)
        best = beams[0]
        words = self._tokenizer.words(best.ids)
        written = sentences(words, best.log_probs)
        shown = without_repeats(written)
        searched = time.perf_counter()
        places = _places(words, written, shown)
        asked = {n: places[n] for n, sentence in enumerate(shown) if explains(sentence.text)}
        return Generated(
            sentences=shown,
            warnings=_warnings(best, written, shown),
            encode_s=encoded - started,
            words_s=searched - encoded,
            cells=self._explained(images, best, local_cells, asked, tell=progress, cancel=cancel),
            others=tuple(" ".join(self._tokenizer.words(beam.ids)) for beam in beams[1:]),
        )

    def score(self, images: Films, ids: Sequence[int]) -> NDArray[np.float64]:
        """Forced score: natural log-probability of each word, given the films and those before.

        Args:
            images: As for `generate`.
            ids: L words without BOS.

        Returns:
            `(L,)`.
        """
        step, _ = self._encoded(images)
        cache, bos = step.start(), self._tokenizer.special.bos
        log_probs = np.zeros(len(ids))
        for position, token in enumerate(ids):
            prefix = np.array([[bos, *ids[:position]]], dtype=np.int64)
            output = step(prefix, cache)
            log_probs[position], cache = output.log_probs[0, token], output.cache
        return log_probs

    def explain(
        self, images: Films, beam: Beam, part: slice, local_cells: NDArray[np.int64]
    ) -> tuple[tuple[Cell, ...], Deletion]:
        """The cells of one sentence of a beam, and the deletion test of them."""
        grid, ids = self.manifest.shape.grid, beam.ids[: part.stop]
        words = self._tokenizer.words(ids)
        content = [p for p in range(part.start, part.stop) if is_content_word(words[p])]
        if beam.cross_attention is None:
            return (), Deletion(drop=0.0, control_drops=())
        cells = sentence_cells(beam.cross_attention[content], local_cells, grid)

        def score(films: Films) -> float:
            return float(self.score(films, ids)[part].sum())

        return cells, deletion_test(score, images, cells, grid)

    def without(
        self,
        images: Films,
        told: Sequence[str],
        box: Box,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> tuple[KnockOut, ...]:
        """What becomes of sentences of a draft when an area is painted out.

        Args:
            images: As for `generate`.
            told: Their words as the model wrote them, in the order of the draft; each is scored
                behind those before it.
            box: The area.
            progress: Told before each of some ten runs.
            cancel: Asked before each run.

        Raises:
            CancelledError: `cancel` was set.
            InferenceError: The input does not fit the model, or a run failed.
            LimitExceededError: The area leaves no room for others of its size.
        """
        parts = [self._tokenizer.ids(words) for words in told]
        ids = [token for part in parts for token in part]

        def score(films: Films) -> Scores:
            return sums_by_sentence(self.score(films, ids), [len(part) for part in parts])

        def tell(done: int, total: int) -> None:
            if cancel is not None:
                cancel.raise_if_cancelled()
            progress(Progress(done=done, total=total, message=PAINTING))

        return knock_out(score, images, box, tell)

    def _explained(
        self,
        images: Films,
        beam: Beam,
        local_cells: NDArray[np.int64],
        asked: Mapping[int, slice],
        *,
        tell: ProgressSink,
        cancel: CancelToken,
    ) -> tuple[SentenceCells, ...]:
        found: list[SentenceCells] = []
        for number, place in asked.items():
            cancel.raise_if_cancelled()
            tell(Progress(done=len(found), total=len(asked), message=TESTING))
            cells, deletion = self.explain(images, beam, place, local_cells)
            found.append(SentenceCells(sentence=number, cells=cells, deletion=deletion))
        return tuple(found)

    def _encoded(self, images: Films) -> tuple[OrtStep, NDArray[np.int64]]:
        """The decoder of these films, and the cells that the encoder sampled `(M,)`."""
        shape, size = self.manifest.shape, self.manifest.preprocess.size
        views = len(images)
        if views not in shape.views or images.shape != (views, 3, size, size):
            raise InferenceError("These films do not fit the model.")
        feed: dict[str, Any] = {
            "images": images[None],
            "view_ids": np.arange(views, dtype=np.int64)[None] + self._view_alone * (views == 1),
        }
        try:
            mediator, memory, cells = self.sessions.encoder.run(
                ["mediator", "memory_kv", "local_cells"], feed
            )
        except Exception as error:  # ONNX Runtime's errors share no other base
            raise InferenceError("The model could not read the films.") from error
        return OrtStep(self.sessions.step, shape, mediator, memory), cells[0]

    def _tell(self, progress: ProgressSink, ids: tuple[int, ...]) -> None:
        spec = self.manifest.decoding
        is_drawing = spec.draws > 0
        versions = f" in {spec.draws} versions" if is_drawing else ""
        progress(
            Progress(
                done=len(ids),
                total=spec.max_tokens,
                message=f"{len(ids)} words written{versions}",
                partial_text="" if is_drawing else readable(self._tokenizer.words(ids)),
            )
        )


def _claims(tokenizer: Tokenizer, reads: Reads) -> Claims:
    return lambda ids: reads(" ".join(tokenizer.words(ids)))


def _places(
    words: Sequence[str], written: Sequence[DraftSentence], shown: Sequence[DraftSentence]
) -> tuple[slice, ...]:
    """Where the words of each shown sentence stand; of a repeated one, at its first place."""
    return tuple(
        part
        for part, one in zip(spans(words), written, strict=True)
        if any(one is kept for kept in shown)
    )


def _warnings(
    best: Beam, written: Sequence[DraftSentence], shown: Sequence[DraftSentence]
) -> tuple[str, ...]:
    signs = [
        (best.end_log_prob is None, CUT_WARNING),
        (len(shown) < len(written), REPEAT_WARNING),
        (not shown, EMPTY_WARNING),
    ]
    return tuple(warning for is_so, warning in signs if is_so)
