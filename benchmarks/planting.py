"""Real reports of `data/iu_xray` as drafts, with errors planted for `benchmarks.guards`.

The planting uses plain patterns of its own and not the rules that are measured.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from benchmarks.finding_labels import data_folder
from engine.domain.finding import Certainty
from engine.domain.guard import GuardRule, Measured, StudyFacts
from engine.domain.report import (
    Report,
    ReportSentence,
    Section,
    SentenceState,
    new_report,
    new_sentence_id,
)
from engine.domain.study import StudyUid
from engine.language.findings import findings_in

SEED = 20260318
_NOW = datetime(2026, 3, 18, tzinfo=UTC)
_SPLIT = re.compile(r"(?<=[.?!])\s+")
SIDE_WORD = re.compile(r"\b(left|right)\b", re.IGNORECASE)
_NO_PRIOR = re.compile(r"^\W*(none|no|not|unavailable|n/a)\b|^\W*$", re.IGNORECASE)
_TELLS_PRIOR = re.compile(
    r"\b(unchanged|stable|interval|interim|compared|comparison|previous\w*|prior|again|since)\b",
    re.I,
)
_TELLS_LATERAL = re.compile(
    r"\blateral (?:chest|view|film|image|projection|radiograph|exam)|\b(?:2|two) (?:view|image)",
    re.I,
)
_LIST_NUMBER = re.compile(r"(?<![\w.])\d\.(?=\s|[A-Z]|$)")
_FEMALE = re.compile(r"\b(female|woman|she|her|lady)\b", re.IGNORECASE)
_MALE = re.compile(r"\b(male|man|he|his|gentleman)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A report as a draft, with the facts of its study."""

    report: Report
    facts: StudyFacts

    def texts(self) -> list[str]:
        """Sentences of findings and impression, in order."""
        return [s.text for s in self.report.sentences]

    def with_text(self, position: int, text: str) -> Case:
        """The case with the text of one drafted sentence replaced."""
        sentences = list(self.report.sentences)
        sentences[position] = replace(sentences[position], text=text, draft_text=text)
        return replace(self, report=replace(self.report, sentences=tuple(sentences)))

    def with_added(self, text: str, chance: random.Random) -> Case:
        """The case with one more drafted sentence at a random position in the findings."""
        sentences = list(self.report.sentences)
        count = sum(s.section is Section.FINDINGS for s in sentences)
        sentences.insert(chance.randint(0, count), _sentence(text, Section.FINDINGS))
        return replace(self, report=replace(self.report, sentences=tuple(sentences)))


Plant = Callable[[Case, random.Random], Case | None]


def cases_of(split: str) -> Iterable[Case]:
    """The reports of a split that have findings and an impression."""
    lines = (data_folder() / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        record = json.loads(line)
        if record["findings"].strip() and record["impression"].strip():
            yield _case(record, random.Random(f"{SEED} {split} {number}"))  # noqa: S311 - as above


def _case(record: dict[str, Any], chance: random.Random) -> Case:
    report = new_report(StudyUid("2.25.1"), "Benchmark", _NOW)
    sentences = [
        _sentence(text.strip(), section)
        for section in (Section.FINDINGS, Section.IMPRESSION)
        for text in _SPLIT.split(_LIST_NUMBER.sub(" ", record[section.value.lower()]))
        if re.search(r"[A-Za-z]{2}", text)
    ]
    views = [image["view"] for image in record["images"]]
    indication = record["indication"]
    tells_lateral = any(_TELLS_LATERAL.search(sentence.text) for sentence in sentences)
    sex = "F" if _FEMALE.search(indication) else "M" if _MALE.search(indication) else ""
    facts = StudyFacts(
        sex=sex or chance.choice("FM"),
        age_years=chance.randint(20, 90),
        frontal_films=views.count("frontal"),
        lateral_films=max(views.count("lateral"), int(tells_lateral)),
        has_linked_prior=not _NO_PRIOR.search(record["comparison"])
        or any(_TELLS_PRIOR.search(sentence.text) for sentence in sentences),
    )
    return Case(report=replace(report, sentences=tuple(sentences)), facts=facts)


def _sentence(text: str, section: Section) -> ReportSentence:
    return ReportSentence(
        id=new_sentence_id(),
        section=section,
        text=text,
        state=SentenceState.AI_UNREVIEWED,
        draft_text=text,
    )


def _side(case: Case, chance: random.Random) -> Case | None:
    """Left for right, or right for left, in one sentence."""
    sided = [i for i, text in enumerate(case.texts()) if SIDE_WORD.search(text)]
    if not sided:
        return None
    position = chance.choice(sided)
    other = {"left": "right", "right": "left"}

    def flip(match: re.Match[str]) -> str:
        word = other[match[0].lower()]
        return word.capitalize() if match[0][0].isupper() else word

    return case.with_text(position, SIDE_WORD.sub(flip, case.texts()[position]))


_DENIED = re.compile(r"^(?:There (?:is|are) )?no (?:evidence of |focal |large )?(?=[a-z])", re.I)
_AFFIRMED = re.compile(r"^There (?:is|are) (?!no\b)", re.I)
_IS = re.compile(
    r"^((?:The )?(?:heart|lungs?|aorta|mediastinum)[a-z ]{0,30}? (?:is|are)) (?!not\b)", re.I
)
_CONCERN = re.compile(
    r"pneumo|effusion|consolid|edema|infiltrat|airspace|cardiomegaly|atelect|nodul"
)


def _negation(case: Case, chance: random.Random) -> Case | None:
    """A denial turned into an assertion or an assertion into a denial, in the findings."""
    chosen = []
    for position, sentence in enumerate(case.report.sentences):
        if sentence.section is not Section.FINDINGS:
            continue
        if _DENIED.search(sentence.text) and _CONCERN.search(sentence.text.lower()):
            chosen.append((position, _DENIED.sub("There is ", sentence.text)))
        elif _AFFIRMED.search(sentence.text):
            chosen.append((position, _AFFIRMED.sub("There is no ", sentence.text)))
        elif _IS.search(sentence.text):
            chosen.append((position, _IS.sub(r"\1 not ", sentence.text)))
    return case.with_text(*chance.choice(chosen)) if chosen else None


_ADDED_PRIORS = (
    ("{}", ", unchanged from the prior study."),
    ("{}", ", stable compared to the previous examination."),
    ("{}", ", slightly improved since the last film."),
    ("{}", ", as before."),
    ("{}", ", not significantly changed."),
    ("{}", ", which has worsened in the interval."),
    ("Again seen: ", "{}"),
    ("Compared to the earlier radiograph: ", "{}"),
    ("There has been interval removal of the right picc line.", ""),
    ("The endotracheal tube has been removed.", ""),
    ("The left effusion has decreased.", ""),
    ("New opacity in the right base.", ""),
)


def _added_prior(case: Case, chance: random.Random) -> Case | None:
    """A comparison in a study without a prior."""
    if case.facts.has_linked_prior:
        return None
    before, after = chance.choice(_ADDED_PRIORS)
    position = chance.randrange(len(case.texts()))
    text = case.texts()[position]
    if not after:
        return case.with_added(before, chance)
    if after == "{}":
        return case.with_text(position, before + text)
    return case.with_text(position, text.rstrip(" .") + after)


_OPPOSITES = (
    (
        r"\bno (?:evidence of |visible )?pneumothorax|pneumothorax is (?:seen|identified)",
        "There is a moderate right pneumothorax.",
    ),
    (
        r"\bno (?:evidence of )?(?:pleural )?effusion|\bno pneumothorax or pleural effusion",
        "There are moderate bilateral pleural effusions.",
    ),
    (
        r"\bno focal (?:airspace |lung )?consolidation|\bno consolidation",
        "There is dense consolidation in the right lower lobe.",
    ),
    (
        r"heart size (?:is )?(?:normal|within normal)|heart is normal in size",
        "There is marked cardiomegaly.",
    ),
    (r"lungs are clear", "There is consolidation in the left lower lobe."),
    (r"(?<!no )(?<!without )\bcardiomegaly", "The heart is normal in size."),
    (r"(?<!no )\bsmall (?:left|right|bilateral) pleural effusion", "There is no pleural effusion."),
    (r"lungs are hyperexpanded", "Lung volumes are low."),
    (r"no pulmonary edema", "There is pulmonary edema."),
    (
        r"(?:bony|osseous) structures (?:are|appear) intact",
        "There is an acute fracture of the left fifth rib.",
    ),
)


def _contradiction(case: Case, chance: random.Random) -> Case | None:
    """One more sentence that contradicts an existing one."""
    text = " ".join(case.texts()).lower()
    fitting = [added for pattern, added in _OPPOSITES if re.search(pattern, text)]
    return case.with_added(chance.choice(fitting), chance) if fitting else None


def _number(case: Case, chance: random.Random) -> Case | None:
    """A measurement or a date that nobody took."""
    number = chance.randint(3, 48)
    tails = (
        f", measuring {number} mm.",
        f", approximately {number / 10:.1f} cm in diameter.",
        f" ({number} x {number - 1} mm).",
        f", seen on 3/{number % 28 + 1}/2014.",
        f", about {number} percent.",
        ", two centimeters in size.",
        f", discussed at {number % 12 + 1}:45 pm.",
        f" of {number}mm.",
    )
    position = chance.randrange(len(case.texts()))
    return case.with_text(position, case.texts()[position].rstrip(" .") + chance.choice(tails))


def _header(case: Case, chance: random.Random) -> Case | None:
    """A sentence about another sex, another age, or a film that is not there."""
    age = case.facts.age_years or 50
    wrong_sex = {
        "M": ("The uterus is enlarged.", "This woman has clear lungs.", "She has clear lungs."),
        "F": ("Known prostate cancer.", "This man has clear lungs.", "His lungs are clear."),
    }[case.facts.sex]
    sentences = [
        *wrong_sex,
        f"This {age - 15 if age > 50 else age + 25}-year-old patient has clear lungs.",
        "Normal chest of an infant.",
        "Normal cardiothymic silhouette.",
    ]
    if case.facts.lateral_films == 0:
        sentences += ["PA and lateral views were obtained.", "It is seen on the lateral view."] * 2
    elif case.facts.frontal_films:
        sentences += ["A single portable AP view was obtained.", "Single view of the chest."]
    return case.with_added(chance.choice(sentences), chance)


_WORDS_OF_DENIAL = (
    (re.compile(r"\bwithout\b", re.I), "with"),
    (re.compile(r"\b(?:no evidence of|no) ", re.I), ""),
    (re.compile(r"\b(is|are|was|has|have) not\b", re.I), r"\1"),
    (re.compile(r"\bwithin normal limits\b", re.I), "not within normal limits"),
    (re.compile(r"\bunremarkable\b", re.I), "remarkable"),
    (re.compile(r"\bnormal\b", re.I), "abnormal"),
    (re.compile(r"\bclear\b", re.I), "not clear"),
    (re.compile(r"\bintact\b", re.I), "not intact"),
    (re.compile(r"\b(is|are) (seen|present|noted|identified|demonstrated)\b"), r"\1 not \2"),
    (
        re.compile(r"^(?=(?:Mild|Small|Moderate|Left|Right|Bilateral|Stable|Low|Calcified)\b)"),
        "No ",
    ),
)


def _other_negation(case: Case, chance: random.Random) -> Case | None:
    """A word of denial removed or inserted anywhere, in findings or impression."""
    chosen = [
        (position, pattern.sub(other, text, count=1))
        for position, text in enumerate(case.texts())
        for pattern, other in _WORDS_OF_DENIAL
        if pattern.search(text) and findings_in(text)
    ]
    return case.with_text(*chance.choice(chosen)) if chosen else None


def measured(case: Case, chance: random.Random) -> Case:
    """The case with a cardiothoracic ratio that agrees with its text, as the reader would write it.

    The collection has no annotations: the ratio is .40 to .49, or .53 to .62 if the report calls
    the heart large.
    """
    is_large = True in _heart_claims(case)
    return _with_ratio(case, chance.uniform(*((0.53, 0.62) if is_large else (0.40, 0.49))))


def _heart(case: Case, chance: random.Random) -> Case | None:
    """A ratio that contradicts what the report says of the heart's size."""
    claims = _heart_claims(case)
    if len(claims) != 1:
        return None
    return _with_ratio(case, chance.uniform(*((0.38, 0.475) if True in claims else (0.525, 0.65))))


def _other_number(case: Case, chance: random.Random) -> Case | None:
    """A sentence with another ratio than the annotation's."""
    right = measured(case, chance)
    ratio = right.facts.measured[0].values[0]
    wrong = ratio + chance.choice((-1, 1)) * chance.uniform(0.02, 0.1)
    sentences = list(right.report.sentences)
    sentences[0] = replace(sentences[0], text=f"The cardiothoracic ratio is {wrong:.2f}.")
    return replace(right, report=replace(right.report, sentences=tuple(sentences)))


def _heart_claims(case: Case) -> set[bool]:
    return {
        finding.is_asserted
        for text in case.texts()
        for finding in findings_in(text)
        if finding.category == "Cardiomegaly" and finding.certainty is Certainty.CERTAIN
    }


def _with_ratio(case: Case, ratio: float) -> Case:
    """The case with a sentence of the reader's own that states the annotation's ratio."""
    sentence = ReportSentence(
        id=new_sentence_id(),
        section=Section.FINDINGS,
        text=f"The cardiothoracic ratio is {ratio:.2f}.",
        state=SentenceState.AUTHOR,
        draft_text="",
    )
    annotation = Measured(
        value=ratio,
        unit="",
        words=f"{ratio:.2f}",
        is_ratio=True,
        is_pa=True,
        sentence_id=sentence.id,
    )
    report = replace(case.report, sentences=(sentence, *case.report.sentences))
    return Case(report=report, facts=replace(case.facts, measured=(annotation,)))


_INCONSISTENT = (GuardRule.SIDE, GuardRule.POLARITY, GuardRule.CONTRADICTION)
_ABOUT_NEGATION = (*_INCONSISTENT, GuardRule.NEGATION, GuardRule.MISSING)

PLANTS: dict[str, tuple[Plant, tuple[GuardRule, ...]]] = {
    "side": (_side, (GuardRule.LATERALITY, *_INCONSISTENT)),
    "negation": (_negation, _ABOUT_NEGATION),
    "added prior": (_added_prior, (GuardRule.PRIOR,)),
    "contradiction": (_contradiction, _INCONSISTENT),
    "number": (_number, (GuardRule.NUMBER,)),
    "header": (_header, (GuardRule.SEX, GuardRule.AGE, GuardRule.VIEW)),
    "negation, otherwise": (_other_negation, _ABOUT_NEGATION),
    "heart measured": (_heart, (GuardRule.MEASURE,)),
    "other number": (_other_number, (GuardRule.MEASURE,)),
}
"""How each kind of error is planted, and which rules count as having found it."""
