"""A trial of a model on the demo studies, before any reader gets a draft of it.

The trial shows that the model runs, is quick enough and writes reports that the guards can read.
Whether it is right about films, only the acceptance test shows.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from engine.domain.film_choice import choose_films
from engine.domain.model_pack import ModelTrial
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.report import Draft
from engine.domain.study import Study
from engine.errors import BundleError, CancelledError, ModelError, NoSuitableFilmError, WorkerError
from engine.language.findings import findings_in
from engine.services.draft_making import Decode, DraftMaker
from engine.workers.inference_client import InferenceClient

LONGEST_S = 60.0
"""Longest time for one demo study; the shipped model takes about a second."""
LEAST_UNDERSTOOD = 0.5
"""Least share of sentences that say something about a finding, asserted or denied."""


def try_model(
    model: InferenceClient,
    studies: tuple[Study, ...],
    decode: Decode,
    *,
    progress: ProgressSink = ignore_progress,
    cancel: CancelToken | None = None,
) -> ModelTrial:
    """Draft the demo studies with a model.

    Args:
        model: A worker for the checked bundle.
        studies: The demo studies; those that no draft is made of are passed over.
        decode: Decodes a film.
        progress: Counts the studies.
        cancel: Stops the trial.

    Raises:
        BundleError: It cannot be used; the message says why.
        CancelledError: `cancel` was set.
    """
    cancel = cancel or CancelToken()
    suitable = [study for study in studies if _is_suitable(study)]
    maker = DraftMaker(model, decode, lambda: datetime.now(UTC))
    drafts = []
    for done, study in enumerate(suitable):
        cancel.raise_if_cancelled()
        progress(Progress(done=done, total=len(suitable), message="Trying the model"))
        drafts.append(_drafted(maker, study, model.folder, cancel))
    return _judged(drafts)


def _is_suitable(study: Study) -> bool:
    try:
        choose_films(study)
    except NoSuitableFilmError:
        return False
    return True


def _drafted(maker: DraftMaker, study: Study, folder: Path, cancel: CancelToken) -> Draft:
    started, too_slow = time.monotonic(), CancelToken()

    def watch(_progress: Progress) -> None:
        if cancel.is_cancelled or time.monotonic() - started > LONGEST_S:
            too_slow.cancel()

    try:
        return maker.draft(study, folder, progress=watch, cancel=too_slow)
    except CancelledError as error:
        cancel.raise_if_cancelled()
        raise BundleError(
            f"The model took more than {LONGEST_S:.0f} seconds for one demo study.",
            what_to_do="It is too slow for this computer, or never ends its reports.",
        ) from error
    except (ModelError, WorkerError) as error:
        raise BundleError(
            f"The model failed on a demo study: {error.message}",
            what_to_do="Ask whoever made it for another one.",
        ) from error


def _judged(drafts: list[Draft]) -> ModelTrial:
    """The trial's counts; raises `BundleError` for a model whose reports cannot be read."""
    texts = [[sentence.text for sentence in draft.sentences] for draft in drafts]
    written = [text for own in texts for text in own]
    understood = sum(bool(findings_in(text)) for text in written)
    if not all(texts):
        raise BundleError("The model wrote no sentence about a demo study.")
    if understood < LEAST_UNDERSTOOD * len(written):
        raise BundleError(
            f"Of {len(written)} sentences that the model wrote about the demo studies, "
            f"{understood} say something of a chest film that Negatoscope can read.",
            what_to_do="A model must write English chest reports; docs/model-pack.md says how.",
        )
    return ModelTrial(
        studies=len(drafts),
        sentences=len(written),
        understood=understood,
        distinct=len({tuple(own) for own in texts}),
        seconds=round(max((draft.seconds.total for draft in drafts), default=0.0), 3),
    )
