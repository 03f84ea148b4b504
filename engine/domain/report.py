"""Drafts, reports and their rules: who wrote each sentence, and what may still be changed.

A draft is what the model wrote, kept untouched. A report is what the radiologist makes of it: an
ordered list of sentences, each with one origin and one review state. All values are frozen; every
change returns a new `Report`, and an illegal one raises `ReportStateError`.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import uuid4

from engine.domain.evidence import Evidence
from engine.domain.first_reading import FirstReading
from engine.domain.rows import joined, storable
from engine.domain.signature import Addendum, Signature, Withdrawal
from engine.domain.study import SopUid, StudyUid
from engine.errors import ReportStateError

DraftId = NewType("DraftId", str)
ReportId = NewType("ReportId", str)
SentenceId = NewType("SentenceId", str)
_WORD = re.compile(r"[^\W_]+")


class Section(StrEnum):
    """Sections of a report, in reading order."""

    INDICATION = "Indication"
    TECHNIQUE = "Technique"
    COMPARISON = "Comparison"
    FINDINGS = "Findings"
    IMPRESSION = "Impression"


class ReportStatus(StrEnum):
    """Status of a report; `lifecycle` has the steps. DRAFT and PRELIMINARY are editable."""

    DRAFT = "draft"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    ADDENDED = "addended"
    WITHDRAWN = "withdrawn"


class SentenceState(StrEnum):
    """Where a sentence comes from and what the reader decided on it.

    AI_UNREVIEWED → AI_ACCEPTED | AI_EDITED | AI_REJECTED (and back); AUTHOR has no model text.
    """

    AI_UNREVIEWED = "ai"
    AI_ACCEPTED = "ai accepted"
    AI_EDITED = "ai edited"
    AI_REJECTED = "ai rejected"
    AUTHOR = "author"


class SentenceSource(StrEnum):
    """How a sentence of the author's own came into the report; the model's have a draft instead."""

    TYPED = "typed"
    TEMPLATE = "template"
    MACRO = "macro"
    MEASUREMENT = "measurement"
    PRIOR = "carried from a prior"
    ORDER = "order"


class SentenceOrigin(StrEnum):
    """Where the words of a sentence come from; each sentence has exactly one origin."""

    MODEL = "model"
    MODEL_EDITED = "model, edited"
    TYPED = "typed"
    TEMPLATE = "template"
    MACRO = "macro"
    MEASUREMENT = "measurement"
    PRIOR = "carried from a prior"
    ORDER = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSentence:
    """One sentence of the model.

    Attributes:
        text: Capitalised, punctuated and in house style, never with added facts.
        raw: The model's own words, lower case, separated by blanks.
        log_prob: Sum of the natural log-probabilities of its tokens.
        tokens: Number of tokens, the full stop included.
        alternative: What another likely wording says to the contrary; empty if none does.
    """

    text: str
    raw: str
    log_prob: float
    tokens: int
    alternative: str = ""

    @property
    def is_reworded(self) -> bool:
        """Whether the text has other words than the model's, beyond capitals and punctuation."""
        return _WORD.findall(self.text.lower()) != _WORD.findall(self.raw.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSeconds:
    """Wall time of each part of drafting, in seconds."""

    decode: float
    encode: float
    words: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the model wrote about a study, and everything needed to reproduce it.

    Attributes:
        images: SOP Instance UIDs of the films used, frontal first.
        input_sha256: Of the float32 model input, hex.
        bundle_sha256: Of the bundle's manifest, hex.
        provider: ONNX Runtime execution provider that the session actually got.
        warnings: Plain sentences ("no lateral film", "ran on the CPU").
        evidence: For the sentences that assert a finding.
        draws_cells: Whether the model's cells were measured to be good enough to draw; otherwise a
            reader sees the grades only.
    """

    id: DraftId
    study_uid: StudyUid
    created: datetime
    bundle_id: str
    bundle_version: str
    bundle_sha256: str
    provider: str
    images: tuple[SopUid, ...]
    input_sha256: str
    seconds: DraftSeconds
    sentences: tuple[DraftSentence, ...]
    warnings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    draws_cells: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRef:
    """Reference to one sentence of a draft.

    Attributes:
        sentence: Index in the draft.
    """

    draft_id: DraftId
    sentence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptContradiction:
    """The reader's decision that two sentences may stand together as they are worded.

    Attributes:
        rule: Name of the guard rule that asked.
        other: The other sentence; the sentence itself where the rule concerns one alone.
        words: The text of both at that time; the rule asks again once either is reworded.
        reason: Why the sentences do not contradict each other.
    """

    rule: str
    other: SentenceId
    words: tuple[str, str]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSentence:
    """One sentence of a report.

    Attributes:
        text: The current text.
        draft_text: The model's sentence that it came from; empty for the author's own.
        drafted: The draft sentences that it came from, more than one after a merge; None in reports
            stored before this link existed, whose sentences are found in their draft by
            `draft_text`.
        raw: The model's own words for it, before house style; empty for the author's own and in
            reports older than house style.
        source: How an author's sentence came in; meaningless for a model's.
        taken_in: Sentences whose words came into this one by a split or a merge.
        settled: Names of the guard rules whose question about this very text was answered.
        reason: Why it was rejected; empty if no reason was given.
        kept: Contradictions with other sentences that the reader lets stand.
    """

    id: SentenceId
    section: Section
    text: str
    state: SentenceState
    draft_text: str = ""
    source: SentenceSource = SentenceSource.TYPED
    taken_in: tuple[SentenceId, ...] = ()
    settled: tuple[str, ...] = ()
    reason: str = ""
    raw: str = ""
    drafted: tuple[DraftRef, ...] | None = None
    kept: tuple[KeptContradiction, ...] = ()

    @property
    def origin(self) -> SentenceOrigin:
        """Where its words come from."""
        if self.state is SentenceState.AUTHOR:
            return SentenceOrigin(self.source.value)
        is_edited = self.state is SentenceState.AI_EDITED
        return SentenceOrigin.MODEL_EDITED if is_edited else SentenceOrigin.MODEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report, signed or not.

    Attributes:
        draft_id: The draft that its AI sentences come from; None if written without one.
        revision: 0 for a report that was never saved; the store counts up from 1.
        updated: Time of the last change, UTC.
        prior_uid: The earlier study that the reader compares with, or None.
        signature: Of the final text.
        preliminary: Of the text that a trainee handed over; it may have been edited since.
        first_reading: The reader's call before the draft was shown; None if there was none.
    """

    id: ReportId
    study_uid: StudyUid
    author: str
    created: datetime
    updated: datetime
    draft_id: DraftId | None = None
    status: ReportStatus = ReportStatus.DRAFT
    revision: int = 0
    sentences: tuple[ReportSentence, ...] = ()
    signature: Signature | None = None
    prior_uid: StudyUid | None = None
    preliminary: Signature | None = None
    addenda: tuple[Addendum, ...] = ()
    withdrawal: Withdrawal | None = None
    first_reading: FirstReading | None = None

    @property
    def is_editable(self) -> bool:
        """Whether sentences may still change."""
        return self.status in {ReportStatus.DRAFT, ReportStatus.PRELIMINARY}

    @property
    def changed_since_preliminary(self) -> bool:
        """Whether the text differs from what the trainee signed."""
        return self.preliminary is not None and self.preliminary.report_sha256 != self.sha256

    @property
    def unreviewed(self) -> tuple[ReportSentence, ...]:
        """The model's sentences that nobody has decided on."""
        return tuple(s for s in self.sentences if s.state is SentenceState.AI_UNREVIEWED)

    @property
    def sha256(self) -> str:
        """Hash of the canonical text: section, text and origin of each kept sentence."""
        kept = [_hashed(sentence) for sentence in self.kept()]
        content = json.dumps([self.study_uid, kept], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    def kept(self, section: Section | None = None) -> tuple[ReportSentence, ...]:
        """Sentences that are not rejected, of one section or of all in reading order."""
        order = list(Section) if section is None else [section]
        return tuple(
            sentence
            for wanted in order
            for sentence in self.sentences
            if sentence.section is wanted
            and sentence.state is not SentenceState.AI_REJECTED
            and sentence.text.strip()
        )

    def text(self, section: Section) -> str:
        """The section as running text, the same in every document."""
        return joined(sentence.text for sentence in self.kept(section))

    def sentence(self, sentence_id: SentenceId) -> ReportSentence:
        """The sentence with that id; raises `ReportStateError` if there is none."""
        for sentence in self.sentences:
            if sentence.id == sentence_id:
                return sentence
        raise ReportStateError("That sentence is no longer in the report.")

    def with_draft(self, draft: Draft, now: datetime) -> Report:
        """Put the draft's sentences into the findings, replacing earlier unreviewed ones.

        A sentence that the reader has decided on, or wrote in the same words, is not added again.
        """
        self._require_editable()
        if draft.study_uid != self.study_uid:
            raise ReportStateError("This draft belongs to another study.")
        kept = tuple(s for s in self.sentences if s.state is not SentenceState.AI_UNREVIEWED)
        known = {_plain(text) for s in kept for text in (s.text, s.draft_text)}
        added = tuple(
            ReportSentence(
                id=new_sentence_id(),
                section=Section.FINDINGS,
                text=sentence.text,
                state=SentenceState.AI_UNREVIEWED,
                draft_text=sentence.text,
                raw=sentence.raw,
                drafted=(DraftRef(draft_id=draft.id, sentence=number),),
            )
            for number, sentence in enumerate(draft.sentences)
            if _plain(sentence.text) not in known
        )
        return replace(self, sentences=kept + added, draft_id=draft.id, updated=now)

    def with_accepted(self, sentence_id: SentenceId, now: datetime) -> Report:
        """Accept the model's sentence as it stands; reworded text stays AI_EDITED."""
        sentence = self._ai_sentence(sentence_id)
        restored = replace(sentence, text=sentence.draft_text, state=SentenceState.AI_ACCEPTED)
        if sentence.text != sentence.draft_text:
            restored = replace(sentence, state=SentenceState.AI_EDITED)
        return self._with(restored, now)

    def with_rejected(self, sentence_id: SentenceId, now: datetime, *, reason: str = "") -> Report:
        """Reject the model's sentence: it stays in the list but leaves the text."""
        sentence = self._ai_sentence(sentence_id)
        rejected = replace(
            sentence, text=sentence.draft_text, state=SentenceState.AI_REJECTED, reason=reason
        )
        return self._with(rejected, now)

    def with_undecided(self, sentence_id: SentenceId, now: datetime) -> Report:
        """Take back a decision on a model's sentence; its text is the model's again."""
        sentence = self._ai_sentence(sentence_id)
        undecided = replace(sentence, text=sentence.draft_text, settled=(), reason="")
        undecided = replace(undecided, state=SentenceState.AI_UNREVIEWED)
        return self._with(undecided, now)

    def with_text(
        self,
        sentence_id: SentenceId,
        text: str,
        now: datetime,
        *,
        source: SentenceSource = SentenceSource.TYPED,
    ) -> Report:
        """New words for a sentence; a model's is then edited, with its own words again undecided.

        Args:
            sentence_id: The sentence to change.
            text: Its new words.
            now: UTC.
            source: Where the words come from; typed by default, even into a template's sentence.
        """
        self._require_editable()
        sentence, text = self.sentence(sentence_id), storable(text)
        if text == sentence.text:
            return self._with(sentence, now)
        if sentence.state is SentenceState.AUTHOR:
            changed = replace(sentence, text=text, source=source, settled=())
            return self._with(changed, now)
        same = text == sentence.draft_text
        state = SentenceState.AI_UNREVIEWED if same else SentenceState.AI_EDITED
        return self._with(replace(sentence, text=text, state=state, settled=()), now)

    def with_settled(self, sentence_id: SentenceId, rule: str, now: datetime) -> Report:
        """Note that the reader answered a guard's question; rewording the sentence asks again."""
        self._require_editable()
        sentence = self.sentence(sentence_id)
        settled = tuple(dict.fromkeys((*sentence.settled, rule)))
        return self._with(replace(sentence, settled=settled), now)

    def with_first_reading(self, reading: FirstReading, now: datetime) -> Report:
        """Keep the reader's call before the draft; its words begin the impression.

        Raises:
            ReportStateError: There is a first reading already, or the draft has been seen.
        """
        self._require_editable()
        if self.first_reading is not None or self.draft_id is not None:
            raise ReportStateError("A first reading comes once, before the draft.")
        changed = replace(self, first_reading=reading, updated=now)
        words = reading.impression
        return changed.with_sentence(Section.IMPRESSION, words, now) if words else changed

    def with_prior(self, prior_uid: StudyUid | None, now: datetime) -> Report:
        """Compare with that earlier study, or with none."""
        self._require_editable()
        return replace(self, prior_uid=prior_uid, updated=now)

    def with_sentence(
        self,
        section: Section,
        text: str,
        now: datetime,
        *,
        after: SentenceId | None = None,
        source: SentenceSource = SentenceSource.TYPED,
    ) -> Report:
        """Add a sentence of the author's own, after another one or at the section's end."""
        self._require_editable()
        added = ReportSentence(
            id=new_sentence_id(),
            section=section,
            text=storable(text),
            state=SentenceState.AUTHOR,
            source=source,
            drafted=(),
        )
        if after is None:
            return replace(self, sentences=(*self.sentences, added), updated=now)
        position = self.sentences.index(self.sentence(after)) + 1
        sentences = (*self.sentences[:position], added, *self.sentences[position:])
        return replace(self, sentences=sentences, updated=now)

    def without_sentence(self, sentence_id: SentenceId, now: datetime) -> Report:
        """Remove one of the author's own sentences; a model's sentence is rejected instead."""
        self._require_editable()
        sentence = self.sentence(sentence_id)
        if sentence.state is not SentenceState.AUTHOR:
            return self.with_rejected(sentence_id, now)
        kept = tuple(s for s in self.sentences if s.id != sentence_id)
        return replace(self, sentences=kept, updated=now)

    def with_content_of(self, other: Report, now: datetime) -> Report:
        """This report with the editable content of another state of it, for undo and redo."""
        self._require_editable()
        return replace(
            self,
            sentences=other.sentences,
            draft_id=other.draft_id,
            prior_uid=other.prior_uid,
            updated=now,
        )

    def signed(self, signature: Signature) -> Report:
        """The final report; raises `ReportStateError` if a model's sentence is not decided on."""
        self._require_editable()
        self.require_ready(signature.report_sha256)
        return replace(
            self, status=ReportStatus.FINAL, signature=signature, updated=signature.signed_at
        )

    def require_ready(self, signed_sha256: str) -> None:
        """Raise `ReportStateError` unless all is reviewed and the signature covers this text."""
        if self.unreviewed:
            raise ReportStateError(
                "Some sentences of the draft have not been reviewed.",
                what_to_do="Accept, edit or reject each of them, then sign.",
            )
        if not self.kept():
            raise ReportStateError("An empty report cannot be signed.")
        if signed_sha256 != self.sha256:
            raise ReportStateError("The report changed while it was being signed.")

    def _with(self, changed: ReportSentence, now: datetime) -> Report:
        sentences = tuple(changed if s.id == changed.id else s for s in self.sentences)
        return replace(self, sentences=sentences, updated=now)

    def _ai_sentence(self, sentence_id: SentenceId) -> ReportSentence:
        self._require_editable()
        sentence = self.sentence(sentence_id)
        if sentence.state is SentenceState.AUTHOR:
            raise ReportStateError("This sentence is the author's own.")
        return sentence

    def _require_editable(self) -> None:
        if not self.is_editable:
            raise ReportStateError("A signed report cannot be changed.")


def new_report(study_uid: StudyUid, author: str, now: datetime) -> Report:
    """An empty report of that study with an id of its own."""
    return Report(
        id=ReportId(str(uuid4())), study_uid=study_uid, author=author, created=now, updated=now
    )


def new_sentence_id() -> SentenceId:
    """A random UUID."""
    return SentenceId(str(uuid4()))


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _hashed(sentence: ReportSentence) -> list[str]:
    facts = [sentence.section.value, sentence.text, sentence.state.value]
    # Typed text adds nothing, so that reports signed before there were sources keep their hash.
    is_typed = sentence.source is SentenceSource.TYPED
    return facts if is_typed else [*facts, sentence.source.value]
