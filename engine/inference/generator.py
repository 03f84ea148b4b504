"""From the model's input to the sentences of a draft: encode once, then search for words."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.domain.bundle import NORMAL, BundleManifest
from engine.domain.evidence import Occlusion
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.report import DraftSentence
from engine.errors import BundleError, InferenceError
from engine.inference.assembly import Assembler
from engine.inference.attribution import (
    Cell,
    Deletion,
    Films,
    deletion_test,
    is_content_word,
    sentence_cells,
)
from engine.inference.beam import Beam, steps_along
from engine.inference.drawing import FindingsOf, draw_reports
from engine.inference.generated import Generated, SentenceCells
from engine.inference.manifest import NGRAMS, TOKENIZER, verify_bundle
from engine.inference.ngrams import NgramTable
from engine.inference.occlusion import Box, Scores, occlusion, sums_by_sentence
from engine.inference.ort_step import OrtStep
from engine.inference.search import Assemble, ReportSearch
from engine.inference.session import Sessions, open_sessions, run_graph
from engine.inference.tokenizer import Tokenizer
from engine.language.sentences import readable, sentences, spans, without_repeats

CUT_WARNING = "The draft reached its greatest length; its end may be missing."
REPEAT_WARNING = "The model repeated a sentence word for word; it is shown once."
EMPTY_WARNING = "The model wrote no sentence about these films."
FILMS_AT_ONCE = 2
"""Number of films on which a sentence is scored at the same time."""
TESTING = "Checking the sentences"
PAINTING = "Scoring the sentences without the area"

SentenceFilter = Callable[[str], bool]
"""Whether a sentence of that text is to be tested for its cells."""


FindingReader = Callable[[str], Collection[str]]
"""The findings that a text in the model's words asserts."""


def no_sentence(_text: str) -> bool:
    """Test no sentence."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Study:
    """The encoder's output for one study.

    Attributes:
        step: Its decoder.
        cells: `(M,)` the sampled local cells.
        probabilities: Of findings, by the label head; empty for a bundle without that output.
    """

    step: OrtStep
    cells: NDArray[np.int64]
    probabilities: dict[str, float]


class Generator:
    """A loaded bundle that writes drafts.

    Attributes:
        manifest: What the bundle says about itself.
        sessions: Its graphs, with the provider they got.
    """

    def __init__(
        self,
        manifest: BundleManifest,
        tokenizer: Tokenizer,
        sessions: Sessions,
        read_findings: FindingReader | None = None,
        ngrams: NgramTable | None = None,
    ) -> None:
        if len(tokenizer) != manifest.shape.vocabulary_rows:
            raise BundleError("The model and its word table do not belong together.")
        self.manifest = manifest
        self.sessions = sessions
        self._tokenizer = tokenizer
        self._forbidden = tokenizer.ids_of(manifest.decoding.forbidden)
        self._ngrams = ngrams
        self._findings_of = (
            None if read_findings is None else _findings_of(tokenizer, read_findings)
        )
        self._view_alone = 0

    @classmethod
    def load(
        cls, folder: Path, *, allow_gpu: bool = True, read_findings: FindingReader | None = None
    ) -> Generator:
        """Verify and load the bundle in that folder; raises `BundleError`.

        Args:
            folder: The bundle's folder.
            allow_gpu: Whether a graphics card may be used.
            read_findings: Finds the findings that a text asserts; for bundles whose draws are
                compared by them.
        """
        manifest = verify_bundle(folder)
        tokenizer = Tokenizer.load(folder / TOKENIZER)
        sessions = open_sessions(folder, manifest, allow_gpu=allow_gpu)
        is_assembled = manifest.decoding.assembly is not None
        ngrams = NgramTable.load(folder / NGRAMS) if is_assembled else None
        return cls(manifest, tokenizer, sessions, read_findings, ngrams)

    def reading_alone(self, view: int) -> Generator:
        """The same bundle for studies with one film of that view, 0 frontal or 1 lateral."""
        reader = copy(self)
        reader._view_alone = view  # noqa: SLF001 - its own
        return reader

    def generate(
        self,
        images: Films,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
        explains: SentenceFilter = no_sentence,
    ) -> Generated:
        """Write the findings of one study.

        Args:
            images: `(v, 3, size, size)` from `engine.imaging.preprocess`, the frontal film first.
            progress: Called after every word; `partial_text` is the best text so far, but empty
                while reports are drawn, since which of them is the draft is only known at the end.
            cancel: Ends a run between two operators, so within some hundredths of a second.
            explains: Which sentences get a deletion test; each costs about seven runs.

        Raises:
            CancelledError: `cancel` was set.
            InferenceError: The input does not fit the model, or a run failed.
        """
        cancel = cancel or CancelToken()
        started = time.perf_counter()
        study = self._encoded(images, cancel)
        encoded = time.perf_counter()
        search = ReportSearch(
            spec=self.manifest.decoding,
            ids=self._tokenizer.special,
            forbidden_ids=self._forbidden,
            findings_of=self._findings_of,
            assemble=self._assemble(study.probabilities),
        )
        beams = search.find(study.step, lambda ids: self._tell(progress, ids), cancel)
        best = beams[0]
        words = self._tokenizer.words(best.ids)
        written = sentences(words, best.log_probs)
        shown = without_repeats(written)
        searched = time.perf_counter()
        slices = _slices(words, written, shown)
        asked = {n: slices[n] for n, sentence in enumerate(shown) if explains(sentence.text)}
        return Generated(
            sentences=shown,
            warnings=_warnings(best, written, shown),
            encode_s=encoded - started,
            words_s=searched - encoded,
            cells=self._explained(
                images, best, study.cells, asked, on_progress=progress, cancel=cancel
            ),
            others=tuple(" ".join(self._tokenizer.words(beam.ids)) for beam in beams[1:]),
        )

    def drawn(self, images: Films, draws: int) -> tuple[tuple[int, ...], ...]:
        """Ids of `draws` reports drawn for one study; errors as for `generate`."""
        special, forbidden = self._tokenizer.special, self._forbidden
        spec = replace(self.manifest.decoding, draws=draws)
        reports = draw_reports(self._encoded(images).step, spec, special, forbidden)
        return tuple(report.ids for report in reports)

    def score(
        self, images: Films, ids: Sequence[int], cancel: CancelToken | None = None
    ) -> NDArray[np.float64]:
        """Forced score: natural log-probability of each word, given the films and the words before.

        Args:
            images: As for `generate`.
            ids: L words without BOS.
            cancel: As for `generate`.

        Returns:
            `(L,)`.
        """
        step = self._encoded(images, cancel).step
        along = steps_along(step, ids, self._tokenizer.special.bos)
        # `zip` stops at the last word, so the decoder step after it is not run.
        return np.array(
            [output.log_probs[0, word] for word, output in zip(ids, along, strict=False)]
        )

    def explain(
        self,
        images: Films,
        beam: Beam,
        part: slice,
        local_cells: NDArray[np.int64],
        cancel: CancelToken | None = None,
    ) -> tuple[tuple[Cell, ...], Deletion]:
        """The cells of one sentence of a beam, and the deletion test of them."""
        grid, ids = self.manifest.shape.grid, beam.ids[: part.stop]
        words = self._tokenizer.words(ids)
        content = [p for p in range(part.start, part.stop) if is_content_word(words[p])]
        if beam.cross_attention is None:
            return (), Deletion(drop=0.0, control_drops=())
        cells = sentence_cells(beam.cross_attention[content], local_cells, grid)
        whole = sum(beam.log_probs[part])

        def score(films: Films) -> float:
            return float(self.score(films, ids, cancel)[part].sum())

        # One word is too little work for two cores, so two films are scored side by side.
        with ThreadPoolExecutor(FILMS_AT_ONCE) as pool:
            return cells, deletion_test(
                lambda each: list(pool.map(score, each)), whole, images, cells, grid
            )

    def without(
        self,
        images: Films,
        texts: Sequence[str],
        box: Box,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> tuple[Occlusion, ...]:
        """Test the sentences of a draft with an area occluded.

        Args:
            images: As for `generate`.
            texts: The sentences in the model's words, in the order of the draft; each is scored
                after those before it.
            box: The area.
            progress: Called before each of about ten runs.
            cancel: As for `generate`.

        Raises:
            CancelledError: `cancel` was set.
            InferenceError: The input does not fit the model, or a run failed.
            LimitExceededError: The area leaves no room for control areas of its size.
        """
        parts = [self._tokenizer.ids(words) for words in texts]
        ids = [token for part in parts for token in part]

        def score(films: Films) -> Scores:
            return sums_by_sentence(self.score(films, ids, cancel), [len(part) for part in parts])

        def on_progress(done: int, total: int) -> None:
            if cancel is not None:
                cancel.raise_if_cancelled()
            progress(Progress(done=done, total=total, message=PAINTING))

        return occlusion(score, images, box, on_progress)

    def _explained(
        self,
        images: Films,
        beam: Beam,
        local_cells: NDArray[np.int64],
        asked: Mapping[int, slice],
        *,
        on_progress: ProgressSink,
        cancel: CancelToken,
    ) -> tuple[SentenceCells, ...]:
        found: list[SentenceCells] = []
        for number, span in asked.items():
            cancel.raise_if_cancelled()
            on_progress(Progress(done=len(found), total=len(asked), message=TESTING))
            cells, deletion = self.explain(images, beam, span, local_cells, cancel)
            found.append(SentenceCells(sentence=number, cells=cells, deletion=deletion))
        return tuple(found)

    def _encoded(self, images: Films, cancel: CancelToken | None = None) -> _Study:
        shape, size = self.manifest.shape, self.manifest.preprocess.size
        views = len(images)
        if views not in shape.views or images.shape != (views, 3, size, size):
            raise InferenceError("These films do not fit the model.")
        feed: dict[str, Any] = {
            "images": images[None],
            "view_ids": np.arange(views, dtype=np.int64)[None] + self._view_alone * (views == 1),
        }
        names = self.manifest.labels
        label_tensor = [self.manifest.label_tensor] if names else []
        outputs = ["mediator", "memory_kv", "local_cells", *label_tensor]
        mediator, memory, cells, *logits = run_graph(
            self.sessions.encoder, outputs, feed, cancel, "The model could not read the films."
        )
        probabilities = 1.0 / (1.0 + np.exp(-logits[0][0].astype(np.float64))) if names else []
        return _Study(
            step=OrtStep(self.sessions.step, shape, mediator, memory, cancel),
            cells=cells[0],
            probabilities=dict(zip(names, map(float, probabilities), strict=True)),
        )

    def _assemble(self, probabilities: Mapping[str, float]) -> Assemble | None:
        """How the draft is assembled; None if a whole draw is shown."""
        spec, ngrams = self.manifest.decoding, self._ngrams
        if spec.assembly is None or ngrams is None:
            return None
        if probabilities.get(NORMAL, 0.0) > spec.assembly.surely_normal:
            return None
        assembler = Assembler(
            tokenizer=self._tokenizer,
            table=ngrams,
            spec=spec.assembly,
            most_words=spec.max_tokens - 1,
        )
        return lambda draws, cancel: assembler.assembled(draws, probabilities, cancel)

    def _tell(self, progress: ProgressSink, ids: tuple[int, ...]) -> None:
        spec = self.manifest.decoding
        is_drawing, count = spec.draws > 0, len(ids)
        progress(
            Progress(
                done=count,
                total=spec.max_tokens,
                message=f"Drafting  ·  {count} {'word' if count == 1 else 'words'}",
                partial_text="" if is_drawing else readable(self._tokenizer.words(ids)),
            )
        )


def _findings_of(tokenizer: Tokenizer, read: FindingReader) -> FindingsOf:
    return lambda ids: read(" ".join(tokenizer.words(ids)))


def _slices(
    words: Sequence[str], written: Sequence[DraftSentence], shown: Sequence[DraftSentence]
) -> tuple[slice, ...]:
    """The words of each shown sentence as a slice; of a repeated one, its first occurrence."""
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
