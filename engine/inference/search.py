"""Which reports a bundle's decoding finds: by beam search as in the paper, or by drawing."""

from __future__ import annotations

from collections.abc import Collection

from engine.domain.bundle import DecodingSpec
from engine.domain.progress import CancelToken
from engine.inference.beam import Beam, OnStep, SpecialIds, beam_search
from engine.inference.decoder_step import DecoderStep
from engine.inference.drawing import draw_reports, most_central_first


def find_reports(
    step: DecoderStep,
    spec: DecodingSpec,
    ids: SpecialIds,
    forbidden_ids: Collection[int] = (),
    on_step: OnStep | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Beam, ...]:
    """The reports that the model would write, the draft first.

    Arguments and errors are those of `beam_search` and of `draw_reports`.
    """
    if spec.draws == 0:
        return beam_search(step, spec, ids, forbidden_ids, on_step, cancel)
    return most_central_first(draw_reports(step, spec, ids, forbidden_ids, on_step, cancel))
