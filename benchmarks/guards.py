"""How many planted errors the guards find, and how often they speak up at a clean report.

`python -m benchmarks.guards [train|val|extra ...]`; without words val and extra, which no rule was
tuned on; `-v` names each false alarm and each missed error. Real reports of `data/iu_xray` become
drafts whose sentences nobody has reviewed. A fixed seed chooses 300 clean ones and plants 60 errors
of each of six kinds in the others, by plain patterns of its own and not by the rules measured.

What the data set lacks is made up so that a clean report is clean: sex and age (the sex agrees with
the indication where that names one); an earlier study counts as linked where the record's
comparison names one or the author plainly used one; a lateral film that the author describes counts
as there. List numbers are left out, as in every training report. The confirmation of sides is asked
for in every draft that names a side: it is work and no false alarm, and counted apart.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from benchmarks.finding_labels import UNTUNED, data_folder
from engine.domain.guard import GuardAlert, GuardRule, StudyFacts
from engine.domain.report import (
    Report,
    ReportSentence,
    Section,
    SentenceState,
    new_report,
    new_sentence_id,
)
from engine.domain.study import StudyUid
from engine.report.guards import guard_alerts
from engine.report.laterality import sides_in

SEED = 20260318
CLEAN = 300
EACH = 60
_NOW = datetime(2026, 3, 18, tzinfo=UTC)
_SPLIT = re.compile(r"(?<=[.?!])\s+")
_SIDE_WORD = re.compile(r"\b(left|right)\b", re.IGNORECASE)
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
        """Of the findings and the impression."""
        return [s.text for s in self.report.sentences]

    def with_text(self, position: int, text: str) -> Case:
        """One drafted sentence with other words."""
        sentences = list(self.report.sentences)
        sentences[position] = replace(sentences[position], text=text, draft_text=text)
        return replace(self, report=replace(self.report, sentences=tuple(sentences)))

    def with_added(self, text: str, chance: random.Random) -> Case:
        """One more drafted sentence, anywhere in the findings."""
        sentences = list(self.report.sentences)
        count = sum(s.section is Section.FINDINGS for s in sentences)
        sentences.insert(chance.randint(0, count), _sentence(text, Section.FINDINGS))
        return replace(self, report=replace(self.report, sentences=tuple(sentences)))


Plant = Callable[[Case, random.Random], Case | None]


def main() -> int:
    """Print recall by kind and false alarms by rule."""
    splits = [word for word in sys.argv[1:] if not word.startswith("-")] or UNTUNED
    cases = [case for split in splits for case in _cases(split)]
    chance = random.Random(SEED)  # noqa: S311 - a benchmark's dice
    chance.shuffle(cases)
    print(f"{len(cases)} reports with findings and impression, seed {SEED}")
    _print_clean(cases[-CLEAN:])
    _print_side_words(cases)
    for kind in PLANTS:
        _print_planted(kind, cases[:-CLEAN], chance)
    return 0


def _print_clean(cases: list[Case]) -> None:
    alarms: Counter[GuardRule] = Counter()
    reports = locks = 0
    for case in cases:
        alerts = guard_alerts(case.report, case.facts)
        false = [alert for alert in alerts if alert.rule is not GuardRule.LATERALITY]
        alarms.update(alert.rule for alert in false)
        reports += bool(false)
        locks += len(false) < len(alerts)
        if "-v" in sys.argv:
            _explain(case, false)
    total = sum(alarms.values())
    print(
        f"clean: {len(cases)} reports, {total} false alarms = {total / len(cases):.3f} a report, "
        f"in {reports} reports; sides to confirm in {locks}"
    )
    for rule, count in alarms.most_common():
        print(f"    {count:4}  {rule.value}")


def _explain(case: Case, alerts: Iterable[GuardAlert]) -> None:
    for alert in alerts:
        told = [case.report.sentence(i).text for i in alert.sentence_ids]
        print(f"      {alert.rule.name}: {alert.message} {told}")


def _print_side_words(cases: list[Case]) -> None:
    told = [text for case in cases for text in case.texts() if _SIDE_WORD.search(text)]
    missed = [text for text in told if not sides_in(text)]
    print(f"sentences with left or right: {len(told)}, side found in {len(told) - len(missed)}")
    if "-v" in sys.argv:
        print("".join(f"      no side: {text}\n" for text in missed), end="")


def _print_planted(kind: str, pool: list[Case], chance: random.Random) -> None:
    plant, counted = PLANTS[kind]
    planted: list[tuple[Case, Case]] = []
    for case in chance.sample(pool, len(pool)):
        changed = plant(case, chance)
        if changed is not None:
            planted.append((case, changed))
        if len(planted) == EACH:
            break
    found: Counter[GuardRule] = Counter()
    hits = 0
    for before, after in planted:
        old = {_key(alert) for alert in guard_alerts(before.report, before.facts)}
        new = [a for a in guard_alerts(after.report, after.facts) if _key(a) not in old]
        if kind == "side":
            # The draft's own sides are asked for already: what counts is that the changed one is.
            new = [*new, *_locks(before, after)]
        new = [alert for alert in new if alert.rule in counted]
        hits += bool(new)
        found.update({alert.rule for alert in new})
        if not new and "-v" in sys.argv:
            print(f"      missed {kind}: {_difference(before, after)}")
    rules = ", ".join(f"{rule.name.lower()} {count}" for rule, count in found.most_common())
    print(f"{kind:14} {hits}/{len(planted)} = {hits / len(planted):.3f}   by rule: {rules}")


def _key(alert: GuardAlert) -> tuple[object, ...]:
    return (alert.rule, alert.sentence_ids, alert.message)


def _locks(before: Case, after: Case) -> list[GuardAlert]:
    changed = {
        new.id
        for old, new in zip(before.report.sentences, after.report.sentences, strict=True)
        if old.text != new.text
    }
    return [
        alert
        for alert in guard_alerts(after.report, after.facts)
        if alert.rule is GuardRule.LATERALITY and changed <= set(alert.sentence_ids)
    ]


def _difference(before: Case, after: Case) -> list[str]:
    return [text for text in after.texts() if text not in before.texts()] + ["//", *after.texts()]


def _cases(split: str) -> Iterable[Case]:
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
    told = record["indication"]
    tells_lateral = any(_TELLS_LATERAL.search(sentence.text) for sentence in sentences)
    sex = "F" if _FEMALE.search(told) else "M" if _MALE.search(told) else chance.choice("FM")
    facts = StudyFacts(
        sex=sex,
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
    places = [i for i, text in enumerate(case.texts()) if _SIDE_WORD.search(text)]
    if not places:
        return None
    position = chance.choice(places)
    other = {"left": "right", "right": "left"}

    def flip(match: re.Match[str]) -> str:
        word = other[match[0].lower()]
        return word.capitalize() if match[0][0].isupper() else word

    return case.with_text(position, _SIDE_WORD.sub(flip, case.texts()[position]))


_DENIED = re.compile(r"^(?:There (?:is|are) )?no (?:evidence of |focal |large )?(?=[a-z])", re.I)
_AFFIRMED = re.compile(r"^There (?:is|are) (?!no\b)", re.I)
_IS = re.compile(
    r"^((?:The )?(?:heart|lungs?|aorta|mediastinum)[a-z ]{0,30}? (?:is|are)) (?!not\b)", re.I
)
_CONCERN = re.compile(
    r"pneumo|effusion|consolid|edema|infiltrat|airspace|cardiomegaly|atelect|nodul"
)


def _negation(case: Case, chance: random.Random) -> Case | None:
    """A denial made an assertion, or an assertion a denial, in a sentence of the findings."""
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
    """A comparison in a study without an earlier one."""
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
    """One more sentence that says the opposite of one that is there."""
    text = " ".join(case.texts()).lower()
    fitting = [added for pattern, added in _OPPOSITES if re.search(pattern, text)]
    return case.with_added(chance.choice(fitting), chance) if fitting else None


def _number(case: Case, chance: random.Random) -> Case | None:
    """A measure or a date that nobody took."""
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
    """A sentence about another sex, another age or a film that is not there."""
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


_INCONSISTENT = (GuardRule.SIDE, GuardRule.POLARITY, GuardRule.CONTRADICTION)

PLANTS: dict[str, tuple[Plant, tuple[GuardRule, ...]]] = {
    "side": (_side, (GuardRule.LATERALITY, *_INCONSISTENT)),
    "negation": (_negation, _INCONSISTENT),
    "added prior": (_added_prior, (GuardRule.PRIOR,)),
    "contradiction": (_contradiction, _INCONSISTENT),
    "number": (_number, (GuardRule.NUMBER,)),
    "header": (_header, (GuardRule.SEX, GuardRule.AGE, GuardRule.VIEW)),
}
"""How each kind is planted, and which rules may claim to have found it."""


if __name__ == "__main__":
    raise SystemExit(main())
