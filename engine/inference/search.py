"""Which reports a bundle's decoding finds: by beam search as in the paper, or by drawing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engine.domain.bundle import DecodingSpec
from engine.domain.progress import CancelToken
from engine.inference.beam import Beam, OnStep, SpecialIds, beam_search
from engine.inference.decoder_step import DecoderStep
from engine.inference.drawing import Claims, draw_reports, most_central_first


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSearch:
    """A way of writing reports.

    Attributes:
        spec: Of the bundle.
        ids: Special ids.
        forbidden_ids: Words that are never written.
        claims: The findings that words claim; needed where `spec.findings` counts them.
    """

    spec: DecodingSpec
    ids: SpecialIds
    forbidden_ids: Collection[int] = ()
    claims: Claims | None = None

    def find(
        self, step: DecoderStep, on_step: OnStep | None = None, cancel: CancelToken | None = None
    ) -> tuple[Beam, ...]:
        """The reports that the model would write about one study, the draft first.

        Arguments and errors are those of `beam_search`, `draw_reports` and `most_central_first`.
        """
        spec, forbidden = self.spec, self.forbidden_ids
        if spec.draws == 0:
            return beam_search(step, spec, self.ids, forbidden, on_step, cancel)
        drawn = draw_reports(step, spec, self.ids, forbidden, on_step, cancel)
        return most_central_first(drawn, spec, self.claims)
