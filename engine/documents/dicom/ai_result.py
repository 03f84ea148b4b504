"""The model's draft as an AI result, with what the reader decided (PS3.16 TID 1500, TID 4019).

Each sentence of the draft is a group under the model's identification: the model's own words, the
decision (accepted, edited, rejected, not reviewed, not taken into the report), the words that stand
in the report and the reason that the reader gave. So an archive can tell what a model said from
what a reader signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from highdicom.sr import (
    AlgorithmIdentification,
    ComprehensiveSR,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    QualitativeEvaluation,
    SourceImageForMeasurementGroup,
    TextContentItem,
    TrackingIdentifier,
)
from highdicom.sr.coding import CodedConcept

from engine.documents.characters import visible
from engine.documents.dicom.observers import PROCEDURE, name_own_scheme, own_code, the_program
from engine.documents.dicom.reference import (
    ReportObject,
    as_file,
    film_references,
    names_as_they_came,
    set_times,
    uid_of,
)
from engine.domain.report import Draft, DraftSentence, Report, ReportSentence, SentenceState
from engine.errors import ReportStateError

_FINDING = CodedConcept("121071", "DCM", "Finding")
_DECISION = own_code("decision", "Decision of the reader")
_FINAL_WORDS = own_code("words", "Words in the report")
_REASON = own_code("reason", "Reason of the reader")
_NOT_TAKEN = own_code("NOT_TAKEN", "Not taken into the report")
_DECISIONS = {
    SentenceState.AI_EDITED: own_code("EDITED", "Edited"),
    SentenceState.AI_REJECTED: own_code("REJECTED", "Rejected"),
    SentenceState.AI_UNREVIEWED: own_code("UNREVIEWED", "Not reviewed"),
    SentenceState.AI_ACCEPTED: own_code("ACCEPTED", "Accepted as it stands"),
    SentenceState.AUTHOR: own_code("EDITED", "Edited"),
}
"""In the order of weight: of the parts of a sentence that was split, the first of these counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A sentence of the draft with what became of it.

    Attributes:
        parts: Sentences of the report that came from it.
    """

    number: int
    drafted: DraftSentence
    parts: tuple[ReportSentence, ...]

    @property
    def decision(self) -> CodedConcept:
        """What the reader decided."""
        states = {part.state for part in self.parts}
        return next((code for state, code in _DECISIONS.items() if state in states), _NOT_TAKEN)

    @property
    def kept_words(self) -> str:
        """The words that stand in the report; empty if none do."""
        kept = (p.text for p in self.parts if p.state is not SentenceState.AI_REJECTED)
        return " ".join(text for text in kept if text.strip())

    @property
    def reason(self) -> str:
        """Why it was rejected; empty without a reason."""
        return "; ".join(dict.fromkeys(part.reason for part in self.parts if part.reason))


def ai_result(source: ReportObject, draft: Draft | None) -> bytes:
    """The result as a Comprehensive SR file; never verified, because no person observed it.

    Args:
        source: Report and study.
        draft: The draft that the report came from.

    Raises:
        ReportStateError: The report was written without a draft.
    """
    if draft is None or not draft.sentences:
        raise ReportStateError("The report was written without a draft.")
    decided = tuple(decisions(source.report, draft))
    # The same decisions are the same object, whatever was added to the report since.
    content = f"{draft.id} {source.software} {source.institution} {decided!r}"
    with names_as_they_came():
        report = MeasurementReport(
            observation_context=ObservationContext(
                observer_device_context=the_program(source.software)
            ),
            procedure_reported=PROCEDURE,
            imaging_measurements=[_group(each, draft, source) for each in decided],
        )
        made = ComprehensiveSR(
            evidence=film_references(source.study),
            content=report[0],
            series_instance_uid=source.lasting_uid("ai result series"),
            series_number=9005,
            sop_instance_uid=source.lasting_uid(f"ai result {_moment(source.report)} {content}"),
            instance_number=1,
            is_complete=True,
            is_final=source.is_verified,
            is_verified=False,
            **source.equipment,
        )
    name_own_scheme(made)
    set_times(made, _moment(source.report))
    return as_file(made)


def decisions(report: Report, draft: Draft) -> Iterator[Decided]:
    """Each sentence of the draft with what became of it, in the draft's order."""
    for number, drafted in enumerate(draft.sentences):
        parts = tuple(s for s in report.sentences if _comes_from(s, draft, number, drafted.text))
        parts = parts or tuple(
            s for s in report.sentences if _says_it_already(s, draft, drafted.text)
        )
        yield Decided(number=number, drafted=drafted, parts=parts)


def _comes_from(sentence: ReportSentence, draft: Draft, number: int, text: str) -> bool:
    if sentence.drafted is None:
        # Reports stored before the link existed name the model's words only.
        return bool(sentence.draft_text) and sentence.draft_text == text
    return any(ref.draft_id == draft.id and ref.sentence == number for ref in sentence.drafted)


def _says_it_already(sentence: ReportSentence, draft: Draft, text: str) -> bool:
    """Whether it was decided on in an earlier draft, so that this draft's was not added again."""
    earlier = sentence.drafted or ()
    is_earlier = bool(earlier) and all(ref.draft_id != draft.id for ref in earlier)
    return is_earlier and sentence.draft_text == text


def _moment(report: Report) -> datetime:
    """When the decisions were signed; for an unsigned report when it was changed last."""
    return report.signature.signed_at if report.signature is not None else report.updated


def _group(
    each: Decided, draft: Draft, source: ReportObject
) -> MeasurementsAndQualitativeEvaluations:
    films = {image.sop_uid: image for image in source.study.images}
    tracking = f"{draft.id}/{each.number}"
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=uid_of(tracking),
            identifier=f"Sentence {each.number + 1} of the draft",
        ),
        algorithm_id=AlgorithmIdentification(
            name=draft.bundle_id,
            version=draft.bundle_version,
            parameters=[
                f"SHA-256 of the model: {draft.bundle_sha256}",
                f"SHA-256 of its input: {draft.input_sha256}",
                f"Ran on: {draft.provider}",
            ],
        ),
        qualitative_evaluations=[QualitativeEvaluation(name=_DECISION, value=each.decision)],
        source_images=[
            SourceImageForMeasurementGroup(films[uid].sop_class, films[uid].uid_in_file)
            for uid in draft.images
            if uid in films
        ],
    )
    texts = ((_FINDING, each.drafted.text), (_FINAL_WORDS, each.kept_words), (_REASON, each.reason))
    for name, text in texts:
        if text:
            group[0].ContentSequence.append(
                TextContentItem(name=name, value=visible(text), relationship_type="CONTAINS")
            )
    return group
