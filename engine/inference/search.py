"""How a bundle searches for reports: by beam search as in the paper, or by drawing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from engine.domain.bundle import DecodingSpec
from engine.domain.progress import CancelToken
from engine.inference.beam import Beam, OnStep, SpecialIds, beam_search, forced
from engine.inference.decoder_step import DecoderStep
from engine.inference.drawing import FindingsOf, draw_reports, most_central_first

Assemble = Callable[[Sequence[tuple[int, ...]], CancelToken], tuple[int, ...]]
"""Makes the words of a draft from those of the drawn reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSearch:
    """A way of searching for reports.

    Attributes:
        spec: Of the bundle.
        ids: Special ids.
        forbidden_ids: Words that are never written.
        findings_of: The findings that words assert; needed if `spec.findings` counts them.
        assemble: Assembles drafts from sentences; None if a whole report is chosen.
    """

    spec: DecodingSpec
    ids: SpecialIds
    forbidden_ids: Collection[int] = ()
    findings_of: FindingsOf | None = None
    assemble: Assemble | None = None

    def find(
        self, step: DecoderStep, on_step: OnStep | None = None, cancel: CancelToken | None = None
    ) -> tuple[Beam, ...]:
        """The reports that the model would write about one study, the draft first.

        An assembled draft is followed by all the drawn reports.
        """
        spec, forbidden = self.spec, self.forbidden_ids
        if spec.draws == 0:
            return beam_search(step, spec, self.ids, forbidden, on_step, cancel)
        cancel = cancel or CancelToken()
        drawn = draw_reports(step, spec, self.ids, forbidden, on_step, cancel)
        if self.assemble is not None:
            words = self.assemble([report.ids for report in drawn], cancel)
            return (forced(step, words, self.ids), *drawn)
        return most_central_first(drawn, spec, self.findings_of)
