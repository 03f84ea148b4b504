"""Where a report contradicts itself: findings against impression, sentence against sentence.

An impression that omits an acute finding counts as a contradiction too.

Only plain statements are compared. A statement that is in doubt, limited ("no large effusion") or
makes an exception may stand next to its opposite: most such alerts would be false.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace

from engine.domain.finding import Certainty, Finding, Severity, Side, Trend
from engine.domain.guard import AlertSeverity, GuardAlert, GuardRule
from engine.domain.report import Section, SentenceId
from engine.language.findings import findings_in
from engine.language.lexicon import category_groups, category_names, finding_lexicon
from engine.language.reading import Statement

# Names of lung opacities that findings and impression use for the same thing.
_LUNG_SHADOWS = frozenset(
    {
        "Opacity",
        "Density",
        "Consolidation",
        "Infiltrate",
        "Airspace Disease",
        "Pneumonia",
        "Pulmonary Atelectasis",
    }
)
_OLD = re.compile(
    r"\b(chronic|old|stable|unchanged|prior|healed|remote|residual|scar\w*|tiny|trace)\b"
)
# Known findings need not be repeated in the impression; a small new finding must be.
_KNOWN = re.compile(
    r"\b(chronic|old|stable|unchanged|prior|previous\w*|healed|healing|remote|calcifi\w*|granulom\w*"
    r"|known|again|unaltered|degenerative|deform\w*|postoperative|benign|similar|age indeterminate"
    r"|age-indeterminate|nipple|skin folds?|shrapnel|bullets?|projectile|pellets?|piercing"
    r"|soft tissues?|no (?:\w+ )?change|art[ei]fact\w*"
    r"|summation)\b"
)
# A vertebral fracture on a chest film is old unless the text calls it new.
_VERTEBRAL = re.compile(
    r"^(?!.*\b(?:acute|new|recent|fresh)\b).*\b(?:vertebra\w*|compression|wedg\w*)\b"
)
# "No acute abnormality" of less than the whole chest, or with an exception.
_ELSEWHERE = re.compile(
    r"\b(except|otherwise|other|apart|aside|new|but|however|chang\w*|\w*trauma\w*|bon\w+|osse\w+|skelet\w+|ribs?"
    r"|spin\w+|abdom\w+|lungs)\b"
)
_AIRSPACE = re.compile(r"\bair ?space\b")
_NO_FOCAL = re.compile(r"\b(?:no|without|free of)(?: evidence of)?(?: an?)? focal air ?space\b")
# Conditions and advice say nothing of this film: "if pneumonia is suspected".
_ADVICE = re.compile(
    r"\b(?:if|whether|to (?:exclude|rule out|assess|evaluate)|recommend\w*|advise\w*"
    r"|limit\w*|evaluation|obscur\w*|hid(?:e|ing)|mask\w*|simulat\w*|mimic\w*)\b"
)
_ASKED_IN_DOUBT = frozenset(
    {
        *("Pneumothorax", "Pneumoperitoneum", "Pneumomediastinum", "Pneumopericardium"),
        *("Device Malposition", "Mass", "Nodule", "Fracture", "Metastasis", "Bone Lesion"),
        *(
            "Pneumonia",
            "Tuberculosis",
            "Pleural Effusion",
            "Consolidation",
            "Empyema",
            "Lung Abscess",
        ),
        *(
            "Aspiration",
            "Pulmonary Edema",
            "Heart Failure",
            "Mediastinal Shift",
            "Airway Narrowing",
        ),
        *("Enlarged Cardiomediastinum", "Pericardial Effusion", "Lymphadenopathy", "Foreign Body"),
    }
)
_SIDED = (Side.LEFT, Side.RIGHT)


def consistency_alerts(
    statements: Iterable[Statement], *, has_impression: bool = False
) -> tuple[GuardAlert, ...]:
    """One alert for each thing that is stated in two ways; sides first.

    Args:
        statements: What findings and impression state.
        has_impression: Whether there is an impression, even one without a readable statement.
    """
    every = tuple(statements)
    sides = {alert.sentence_ids: alert for alert in _side_alerts(every)}
    opposite = tuple(_opposite_alerts(every))
    contradicted = {i for alert in opposite for i in alert.sentence_ids}
    is_written = has_impression or any(s.section is Section.IMPRESSION for s in every)
    asked = _missing_alerts(every) if is_written else ()
    missing = (alert for alert in asked if contradicted.isdisjoint(alert.sentence_ids))
    return (*sides.values(), *opposite, *missing)


def contradict(first: Statement, second: Statement) -> bool:
    """Whether two statements, in either order, plainly cannot both be true."""
    asserted, other = _asserted_first(first, second)
    return asserted.finding.is_asserted and _is_opposite(asserted, other)


def _side_alerts(statements: tuple[Statement, ...]) -> Iterable[GuardAlert]:
    for impression in statements:
        finding = impression.finding
        if impression.section is not Section.IMPRESSION or finding.side not in _SIDED:
            continue
        same = [s for s in statements if s.section is Section.FINDINGS and _is_same(s, impression)]
        sides = {s.finding.side for s in same}
        if finding.is_asserted and sides == {finding.side.opposite}:
            yield GuardAlert(
                rule=GuardRule.SIDE,
                message=(
                    f"{finding.side.opposite.capitalize()} in the findings "
                    f"({same[0].finding.term}), {finding.side} in the impression ({finding.term})."
                ),
                sentence_ids=(same[0].sentence_id, impression.sentence_id),
                severity=AlertSeverity.WARNING,
            )


def _is_same(first: Statement, second: Statement) -> bool:
    names = {first.finding.category, second.finding.category}
    same_thing = len(names) == 1 or names <= _LUNG_SHADOWS
    return same_thing and first.finding.is_asserted and second.finding.is_asserted


def _opposite_alerts(statements: tuple[Statement, ...]) -> Iterable[GuardAlert]:
    order = {sentence_id: n for n, sentence_id in enumerate(_ids(statements))}
    pairs: dict[str, list[tuple[Statement, Statement]]] = {}
    for first, second in _rivals(statements):
        if first.sentence_id != second.sentence_id and first.text != second.text:
            pairs.setdefault(first.finding.category, []).append((first, second))
    for found in pairs.values():
        found.sort(key=lambda pair: sorted(order[one.sentence_id] for one in pair))
        across = any(asserted.section is not other.section for asserted, other in found)
        ids = {statement.sentence_id for pair in found for statement in pair}
        rule = GuardRule.POLARITY if across else GuardRule.CONTRADICTION
        each = tuple(_about_pair(rule, pair, order) for pair in found)
        yield replace(
            each[0],
            sentence_ids=tuple(sorted(ids, key=lambda one: order[one])),
            pairs=each if len(ids) > 2 else (),
        )


def _about_pair(
    rule: GuardRule, pair: tuple[Statement, Statement], order: Mapping[SentenceId, int]
) -> GuardAlert:
    first, second = sorted(pair, key=lambda one: order[one.sentence_id])
    where = f"the {second.section.value.lower()}"
    if first.section is second.section:
        where = "another sentence"
    brief = f"Contradicts {where}: “{_short(second.text)}”."
    return GuardAlert(
        rule=rule,
        message=f"“{_short(first.text)}” {brief[0].lower()}{brief[1:]}",
        brief=brief,
        sentence_ids=(first.sentence_id, second.sentence_id),
        severity=AlertSeverity.WARNING,
    )


def _ids(statements: tuple[Statement, ...]) -> Iterable[SentenceId]:
    return dict.fromkeys(statement.sentence_id for statement in statements)


def _rivals(statements: tuple[Statement, ...]) -> Iterable[tuple[Statement, Statement]]:
    """Each plain assertion, paired with each plain statement that cannot be true next to it."""
    by_category: dict[str, list[Statement]] = {}
    for statement in statements:
        if statement.finding.certainty is not Certainty.UNCERTAIN:
            for name in _names(statement.finding):
                by_category.setdefault(name, []).append(statement)
    excluded = dict(finding_lexicon().opposites)
    overall = finding_lexicon().overall
    for category, own in by_category.items():
        others = (category, excluded.get(category, ""), overall)
        against = [s for name in dict.fromkeys(others) for s in by_category.get(name, ())]
        denials = [s for s in against if s.finding.category != category or _is_denial(s)]
        for one in own:
            if one.finding.is_asserted:
                yield from ((one, other) for other in denials if _is_opposite(one, other))


def _names(finding: Finding) -> tuple[str, ...]:
    """Categories whose denial may contradict it: an airspace opacity is airspace disease."""
    is_airspace = finding.category == "Opacity" and _AIRSPACE.search(finding.term.lower())
    return (finding.category, "Airspace Disease") if is_airspace else (finding.category,)


def _is_denial(statement: Statement) -> bool:
    return not statement.finding.is_asserted


def _asserted_first(first: Statement, second: Statement) -> tuple[Statement, Statement]:
    return (first, second) if first.finding.is_asserted else (second, first)


def _is_opposite(asserted: Statement, other: Statement) -> bool:
    if Certainty.UNCERTAIN in (asserted.finding.certainty, other.finding.certainty):
        return False
    if other.finding.is_asserted:
        pair = (asserted.finding.category, other.finding.category)
        return pair in finding_lexicon().opposites or pair[::-1] in finding_lexicon().opposites
    if other.finding.category == finding_lexicon().overall:
        is_elsewhere = _ELSEWHERE.search(other.text.lower()) or _says_too(other, asserted.finding)
        return _is_plainly_acute(asserted) and not is_elsewhere
    return _is_denied(asserted, other)


def _says_too(statement: Statement, finding: Finding) -> bool:
    """Whether the sentence also asserts the finding: "congestion and no acute abnormality"."""
    return any(
        one.is_asserted and one.category == finding.category for one in findings_in(statement.text)
    )


def _is_denied(asserted: Statement, denied: Statement) -> bool:
    """Whether a statement denies what another asserts, of the same side, site and thing."""
    if denied.finding.category not in _names(asserted.finding):
        return False
    if denied.is_limited and not _is_focal_after_all(asserted, denied):
        return False
    if {asserted.finding.side, denied.finding.side} == set(_SIDED):
        return False
    if asserted.finding.trend is Trend.SMALLER and denied.finding.trend is Trend.GONE:
        # "Clearing of the effusion" and "the effusion has cleared" agree.
        return False
    if not _is_same_device(asserted.finding, denied.finding):
        return False
    # "The right base is free of consolidation" says nothing about other sites.
    local = denied.finding.site and denied.finding.side is not Side.NONE
    return not (local and asserted.finding.site != denied.finding.site)


def _is_focal_after_all(asserted: Statement, denied: Statement) -> bool:
    """Whether "no focal airspace disease" meets some of one side; of both it may be diffuse."""
    return asserted.finding.side in _SIDED and _NO_FOCAL.search(denied.text.lower()) is not None


def _is_same_device(first: Finding, second: Finding) -> bool:
    """False if the category holds many kinds of device and the two have different names."""
    if first.category not in category_names("negation", "many_kinds"):
        return True
    words = set(first.term.lower().split()), set(second.term.lower().split())
    return words[0] <= words[1] or words[1] <= words[0]


def _missing_alerts(statements: tuple[Statement, ...]) -> Iterable[GuardAlert]:
    """Alerts for plain findings that matter now and are missing from a written impression."""
    told = [s.finding for s in statements if s.section is Section.IMPRESSION]
    covered = _with_their_groups({f.category for f in told if f.is_asserted})
    # What is in doubt may be answered by a denial: "no definite pneumonia".
    answered = covered | {f.category for f in told}
    gone = {
        (s.finding.category, Trend.SMALLER)
        for s in statements
        if s.section is Section.IMPRESSION and s.finding.trend is Trend.GONE
    }
    asked: dict[str, Statement] = {}
    for statement in statements:
        is_covered = (statement.finding.category, statement.finding.trend) in gone
        if (
            statement.section is Section.FINDINGS
            and not is_covered
            and _belongs_in_impression(statement)
        ):
            earlier = asked.get(statement.finding.category)
            if earlier is None or earlier.finding.certainty is Certainty.UNCERTAIN:
                asked[statement.finding.category] = statement
    sentences: set[SentenceId] = set()
    for category, statement in asked.items():
        is_doubted = statement.finding.certainty is Certainty.UNCERTAIN
        is_told = category in (answered if is_doubted else covered)
        if not is_told and statement.sentence_id not in sentences:
            # One question a sentence: it may name a thing and what it is likely to be.
            sentences.add(statement.sentence_id)
            yield GuardAlert(
                rule=GuardRule.MISSING,
                message=f"“{_short(statement.text)}” is not in the impression.",
                brief="Not in the impression.",
                sentence_ids=(statement.sentence_id,),
                severity=AlertSeverity.WARNING,
            )


def _with_their_groups(names: Set[str]) -> frozenset[str]:
    """The categories with those that an impression may use for the same thing."""
    groups = category_groups("negation", "told_by")
    return frozenset(names).union(*(group for group in groups if names & group))


def _belongs_in_impression(statement: Statement) -> bool:
    finding = statement.finding
    if not finding.is_asserted or _ADVICE.search(statement.text.lower()):
        return False
    if finding.certainty is Certainty.UNCERTAIN and finding.category not in _ASKED_IN_DOUBT:
        return False
    if finding.category in category_names("negation", "in_impression_always"):
        return True
    if finding.category in category_names("negation", "in_impression_if_large"):
        return finding.severity is Severity.SEVERE and not _KNOWN.search(statement.text.lower())
    if finding.category in category_names("negation", "in_impression_if_new"):
        text = statement.text.lower()
        is_known = _KNOWN.search(text) or _VERTEBRAL.search(text)
        # What lies over the patient is not inside.
        is_outside = finding.category == "Foreign Body" and "overl" in text
        # "Nodular opacities" are opacities, not nodules.
        return not is_known and not is_outside and not finding.term.lower().startswith("nodular")
    return (
        (
            finding.category in category_names("negation", "in_impression")
            or _is_said_gravely(finding)
        )
        and finding.severity is not Severity.MILD
        and not _OLD.search(statement.text.lower())
    )


def _is_said_gravely(finding: Finding) -> bool:
    """Whether the word is the grave one: collapse is more than atelectasis, aneurysm than width."""
    grave = {"Pulmonary Atelectasis": "collaps", "Aortic Enlargement": "aneurysm"}
    return grave.get(finding.category, "\n") in finding.term.lower()


def _is_plainly_acute(asserted: Statement) -> bool:
    category = finding_lexicon().category(asserted.finding.category)
    return (category is None or category.is_acute) and not _OLD.search(asserted.text.lower())


def _short(text: str) -> str:
    text = text.rstrip(".")
    return text if len(text) <= 60 else text[:57].rstrip() + "…"
