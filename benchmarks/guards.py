"""How many planted errors the guards find, and how many false alarms a clean report gets.

`python -m benchmarks.guards [train|val|extra ...] [seed]`; by default val and extra, which no rule
was tuned on. `-v` prints each false alarm and each missed error; `--save` stores each rule's
precision where the alert budget reads it. Real reports of `data/iu_xray` become drafts of
unreviewed sentences. The seed chooses 300 clean ones and plants 60 errors of each kind in the
others (`benchmarks.planting`).

What the data set lacks is made up so that a clean report is clean: sex and age (the sex agrees with
the indication if that names one); a linked prior if the record's comparison names one or the author
plainly used one; a lateral film if the author describes one; a cardiothoracic ratio for the rule
that compares text with measurements. List numbers are left out, as in every training report. Every
draft that names a side asks to confirm it: that is work, not a false alarm, and is counted apart.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterable

from benchmarks.finding_labels import UNTUNED
from benchmarks.planting import PLANTS, SEED, SIDE_WORD, Case, cases_of, measured
from engine.domain.guard import GuardAlert, GuardRule
from engine.language.alert_budget import PRECISION
from engine.language.guards import guard_alerts
from engine.language.laterality import sides_in

CLEAN = 300
EACH = 60


def main() -> int:
    """Print recall by kind of error and false alarms by rule."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    splits = [word for word in words if not word.isdigit()] or UNTUNED
    seed = next((int(word) for word in words if word.isdigit()), SEED)
    cases = [case for split in splits for case in cases_of(split)]
    chance = random.Random(seed)  # noqa: S311 - a benchmark's dice
    chance.shuffle(cases)
    print(f"{len(cases)} reports with findings and impression, seed {seed}")
    false = _print_clean("clean", cases[-CLEAN:])
    _print_side_words(cases)
    right: Counter[GuardRule] = Counter()
    for kind in PLANTS:
        right += _print_planted(kind, cases[:-CLEAN], chance)
    at_ratios = _print_clean("measured", [measured(case, chance) for case in cases[-CLEAN:]])
    false[GuardRule.MEASURE] = at_ratios[GuardRule.MEASURE]
    _print_precision(right, false, words)
    return 0


def _print_precision(
    right: Counter[GuardRule], false: Counter[GuardRule], words: list[str]
) -> None:
    """Print each rule's precision, at `EACH` errors of a kind to `CLEAN` clean reports."""
    # Sides and fields are asked about whenever they occur, so that those rules cannot be wrong.
    found = {
        rule.name: round(right[rule] / (right[rule] + false[rule]), 3)
        for rule in GuardRule
        if right[rule] and rule is not GuardRule.LATERALITY
    }
    print("right by rule: " + ", ".join(f"{name.lower()} {p:.3f}" for name, p in found.items()))
    if "--save" in sys.argv:
        command = " ".join(["python -m benchmarks.guards", *words, "--save"])
        about = f"How often each rule was right, by `{command}`."
        content = json.dumps({"about": about, "precision": found}, indent=1)
        PRECISION.write_text(f"{content}\n", encoding="utf-8")


def _print_clean(name: str, cases: list[Case]) -> Counter[GuardRule]:
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
        f"{name}: {len(cases)} reports, {total} false alarms = {total / len(cases):.3f} a report, "
        f"in {reports} reports; sides to confirm in {locks}"
    )
    for rule, count in alarms.most_common():
        print(f"    {count:4}  {rule.value}")
    return alarms


def _explain(case: Case, alerts: Iterable[GuardAlert]) -> None:
    for alert in alerts:
        texts = [case.report.sentence(i).text for i in alert.sentence_ids]
        print(f"      {alert.rule.name}: {alert.message} {texts}")


def _print_side_words(cases: list[Case]) -> None:
    sided = [text for case in cases for text in case.texts() if SIDE_WORD.search(text)]
    missed = [text for text in sided if not sides_in(text)]
    print(f"sentences with left or right: {len(sided)}, side found in {len(sided) - len(missed)}")
    if "-v" in sys.argv:
        print("".join(f"      no side: {text}\n" for text in missed), end="")


def _print_planted(kind: str, pool: list[Case], chance: random.Random) -> Counter[GuardRule]:
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
            # The draft's own sides are asked about anyway. What counts is that the changed side is.
            new = [*new, *_locks(before, after)]
        new = [alert for alert in new if alert.rule in counted]
        hits += bool(new)
        found.update({alert.rule for alert in new})
        if not new and "-v" in sys.argv:
            print(f"      missed {kind}: {_difference(before, after)}")
    rules = ", ".join(f"{rule.name.lower()} {count}" for rule, count in found.most_common())
    print(f"{kind:20} {hits}/{len(planted)} = {hits / len(planted):.3f}   by rule: {rules}")
    return found


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


if __name__ == "__main__":
    raise SystemExit(main())
