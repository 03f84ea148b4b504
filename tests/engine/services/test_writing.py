"""Each user's own macros, templates and words: kept, taken away, and nobody else's."""

from __future__ import annotations

from contextlib import closing

import pytest
from testkit.workspaces import any_report, any_study, open_store

from engine.domain.report import Section
from engine.domain.template import Macro
from engine.errors import DamagedFileError, ReportStateError
from engine.language.guards import facts_of, guard_alerts
from engine.services.checking import check
from engine.services.writing import Writing
from engine.workers.decode_client import DecodeClient


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path, studies=(any_study(),)) as opened:
        yield opened


@pytest.fixture
def writing(store):
    with closing(DecodeClient()) as client:
        yield Writing(store, lambda: client)


def letters(writing: Writing) -> dict[str, str]:
    return {macro.shortcut: macro.text for macro in writing.aids().macros}


def test_a_macro_is_kept_changed_and_taken_away(writing):
    writing.keep_macro(Macro(shortcut=".mine", text="One."))
    writing.keep_macro(Macro(shortcut=".mine", text="Two."))
    assert letters(writing)[".mine"] == "Two."
    writing.remove_macro(".mine")
    assert ".mine" not in letters(writing)


def test_a_macro_has_a_key_until_it_is_kept_without_or_taken_away(writing):
    def keys():
        return {m.shortcut: m.key for m in writing.aids().macros if m.key}

    writing.keep_macro(Macro(shortcut=".mine", text="One.", key="Ctrl+Alt+M"))
    writing.keep_macro(Macro(shortcut=".heart", text="Heart normal.", key="F8"))
    assert keys() == {".heart": "F8", ".mine": "Ctrl+Alt+M"}
    with pytest.raises(ReportStateError, match="Ctrl or Alt"):
        writing.keep_macro(Macro(shortcut=".mine", text="One.", key="Shift+M"))
    writing.keep_macro(Macro(shortcut=".mine", text="One."))
    writing.remove_macro(".heart")
    assert keys() == {}


def test_a_shipped_macro_can_be_reworded_and_taken_away(writing):
    writing.keep_macro(Macro(shortcut=".heart", text="Heart normal."))
    assert letters(writing)[".heart"] == "Heart normal."
    writing.remove_macro(".heart")
    assert ".heart" not in letters(writing)


@pytest.mark.parametrize(("shortcut", "text"), [("x", "One."), ("a b", "One."), (".x", " \n ")])
def test_what_cannot_be_a_macro_is_refused_with_the_reason(writing, shortcut, text):
    with pytest.raises(ReportStateError, match="macro"):
        writing.keep_macro(Macro(shortcut=shortcut, text=text))


def test_each_user_has_their_own(store, writing):
    writing.keep_macro(Macro(shortcut=".mine", text="One."))
    writing.learn("Zyxomatic")
    store.actor = "Somebody else"
    assert ".mine" not in letters(writing)
    assert writing.aids().words == frozenset()


def test_words_that_were_learned_are_no_slips_any_more(writing):
    text = "Zyxomatic claer."
    assert [m.word for m in writing.misspelled([text], frozenset())[text]] == ["Zyxomatic", "claer"]
    writing.learn("Zyxomatic")
    (slip,) = writing.misspelled([text, "Fine."], writing.aids().words)[text]
    assert slip.word == "claer"


def test_a_template_is_read_by_the_worker_and_kept(writing, tmp_path):
    path = tmp_path / "chest.html"
    path.write_text(
        "<html><head><title>Mine</title></head><body><section data-section-name='Findings'>"
        "<p>Heart <select><option>normal</option><option>large</option></select>.</p></section>",
        encoding="utf-8",
    )
    writing.import_template(path)
    again = writing.import_template(path)
    (mine,) = [one for one in writing.aids().templates if one.is_own]
    assert mine == again
    assert mine.sections == {Section.FINDINGS: ("Heart [normal|large].",)}
    writing.remove_template(mine.id)
    assert not any(one.is_own for one in writing.aids().templates)


def test_a_file_that_is_no_template_is_refused_by_the_worker(writing, tmp_path):
    path = tmp_path / "film.html"
    path.write_bytes(b"\x00\xff\xd8")
    with pytest.raises(DamagedFileError, match="no report template"):
        writing.import_template(path)
    with pytest.raises(DamagedFileError):
        writing.import_template(tmp_path / "missing.html")


def test_a_field_that_is_not_filled_stops_signing():
    study, report = any_study(), any_report("1.2.3", "A [small|large] effusion.")
    (alert,) = guard_alerts(report, facts_of(study, has_linked_prior=False))
    assert alert.message == "Not filled: “small or large”."
    assert check(report, study).blocking == (alert,)
