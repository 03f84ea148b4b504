"""MRRT templates: what is taken from them, and what is said about files that are none."""

from __future__ import annotations

import contextlib
import re
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.documents.mrrt import GREATEST_BYTES, read_mrrt
from engine.domain.fields import fields_in
from engine.domain.report import Section
from engine.errors import InputError

CHEST = """<!DOCTYPE html><html><head><title>Chest X-Ray</title><meta charset="UTF-8"/>
<script type="text/xml"><template_attributes><a>x</a></template_attributes></script>
<style>p { color: red }</style></head><body>
<section class="level1" data-section-name="Clinical Information"><header>Clinical</header>
<p><input type="text" name="History" value="Cough"/></p></section>
<section data-section-name="Procedure Information"><header>Procedure</header>
<p>Two views of the chest.</p></section>
<section data-section-name="Findings"><header class="level1">Findings</header>
<p><label for="h">Heart</label> <select id="h"><option selected="selected">Normal</option>
<option>Enlarged</option></select>.</p>
<p>Effusion of <input type="number" name="Size" title="size in mm"/> mm
&amp; <textarea name="more"></textarea></p>
<p><textarea name="pleura">No effusion.
No pneumothorax.</textarea></p>
<p>Silhouette: <input type="radio" name="s" value="normal" id="a" checked/>
<label for="a">Normal</label>
<label><input type="radio" name="s" value="enlarged"/> Enlarged</label></p>
<p><label for="p">A pacemaker</label><input type="checkbox" name="pacemaker" id="p"/></p>
<section data-section-name="Bones"><p>Intact.</p></section></section>
<section data-section-name="Impression"><p>No <script>alert(1)</script>acute disease.</p></section>
</body></html>"""


def test_words_and_fields_of_a_template_are_taken_and_nothing_else():
    found = read_mrrt(CHEST.encode())
    assert found.title == "Chest X-Ray"
    assert dict(found.sections) == {
        Section.INDICATION: ("[Cough=History]",),
        Section.TECHNIQUE: ("Two views of the chest.",),
        Section.FINDINGS: (
            "Heart [Normal=Normal|Enlarged].",
            "Effusion of [size in mm] mm & [more]",
            "No effusion.",
            "No pneumothorax.",
            "Silhouette: [normal=normal|enlarged]",
            "[A pacemaker|no pacemaker]",
            "Bones: Intact.",
        ),
        Section.IMPRESSION: ("No acute disease.",),
    }


def test_pick_lists_become_fields():
    (heart,) = [s for s in dict(read_mrrt(CHEST.encode()).sections)["Findings"] if "Enlarged" in s]
    (field,) = fields_in(heart)
    assert field.choices == ("Normal", "Enlarged")
    assert field.default == "Normal"


def findings(html: str) -> tuple[str, ...]:
    section = f"<section data-section-name='Findings'>{html}</section>"
    return dict(read_mrrt(section.encode()).sections)["Findings"]


@pytest.mark.parametrize(
    "choice",
    ["Not assessed, e.g. Cut off", "AP vs. PA", "See Dr. Who. Then leave.", "Seen? Yes! No."],
)
def test_a_field_is_never_parted(choice: str):
    rows = findings(
        f"<p>Lungs: <select><option>Normal</option><option selected>{choice}</option></select></p>"
    )
    (field,) = fields_in(rows[0])
    assert len(rows) == 1
    assert field.choices == ("Normal", choice)
    assert field.default == choice


@pytest.mark.parametrize(
    ("html", "rows"),
    [
        (
            (
                "<table><tr><th>Part</th><th>Seen</th></tr><tr><td>Heart</td><td>normal</td></tr>"
                "<tr><td>Lungs:</td><td>clear</td><td>no mass</td></tr></table>"
            ),
            ("Heart, seen: normal", "Lungs: clear; no mass"),
        ),
        (
            (
                "<ol><li>Old fracture.</li><li>No mass<ul><li>None at all</li></ul></li>"
                "<li>Clear</li></ol><ol><li>Again</li></ol>"
            ),
            ("1. Old fracture.", "2. No mass", "None at all", "3. Clear", "1. Again"),
        ),
        ("<p>1. Heart normal. 2. Lungs clear.</p>", ("1. Heart normal.", "2. Lungs clear.")),
        (
            "<p>Seen approx. C7, i.e. Rt. apex. Clear.</p>",
            ("Seen approx. C7, i.e. Rt. apex.", "Clear."),
        ),
        ("<dl><dt>Heart</dt><dd>Normal.</dd></dl>", ("Heart", "Normal.")),
    ],
)
def test_tables_lists_and_abbreviations_stay_whole(html: str, rows: tuple[str, ...]):
    assert findings(html) == rows


BOX = "<input type='checkbox' name='chk1'"
PICK = "<select><option>none</option><option>small</option></select>"


@pytest.mark.parametrize(
    ("html", "row"),
    [
        (f"{BOX} value='S e'><label for='chk1'>Small effusion</label>", "Small effusion"),
        (f"{BOX}><label>Small effusion</label>", "Small effusion"),
        (f"<label>Small effusion</label>{BOX}>", "Small effusion"),
        (f"<label>{BOX}> Small effusion</label>", "Small effusion"),
        (f"<label>Small effusion {BOX}></label>", "Small effusion"),
        (f"{BOX} value='Small effusion'>", "Small effusion"),
        (f"{BOX} value='1'>", "chk1"),
    ],
)
def test_a_box_is_called_by_its_label(html: str, row: str):
    assert findings(f"<p>{html}</p>") == (f"[{row}|no {row[0].lower()}{row[1:]}]",)


def test_each_label_goes_to_its_own_box_and_a_ticked_one_is_the_default():
    html = f"<p>Pleura: {BOX} checked><label>Thick</label> {BOX}><label>No air</label></p>"
    assert findings(html) == ("Pleura: [Thick=Thick|no thick] [No air|air]",)
    html = f"<p><label>Thick</label>{BOX}><label>Calcified</label>{BOX}></p>"
    assert findings(html) == ("[Thick|no thick] [Calcified|no calcified]",)


def test_a_button_without_words_in_its_value_is_called_by_its_label():
    html = "<input type=radio name=r value=1 id=a><label for=a>Normal</label>"
    html += "<label><input type=radio name=r value=2 checked>Large</label>"
    assert findings(f"<p>Heart: {html}</p>") == ("Heart: [Large=Normal|Large]",)


@pytest.mark.parametrize("cell", ["td", "th"])
def test_a_field_in_a_table_is_named_by_its_column(cell: str):
    head = f"<tr>{''.join(f'<{cell}>{w}</{cell}>' for w in ('', 'Right', 'Left'))}</tr>"
    row = f"<tr><td><p>Effusion:</p></td><td>{PICK}</td><td>{PICK}</td></tr>"
    wide = f"<tr><td>CT</td><td colspan=2>{PICK}</td></tr>"
    other = f"<table><tr><td>Mass</td><td>{PICK}</td><td>{PICK}</td></tr></table>"
    assert findings(f"<table>{head}{row}{wide}</table>{other}") == (
        "Effusion, right: [none|small]; left: [none|small]",
        "CT, right: [none|small]",
        "Mass: [none|small]; [none|small]",
    )
    assert findings(f"<table>{head}</table>") == ("Right: Left",)


def test_every_preselected_choice_of_a_list_is_kept():
    html = "<select multiple><option selected>a</option><option>b</option>"
    (row,) = findings(f"<p>{html}<option selected>c</option></select></p>")
    assert fields_in(row)[0].default == "a, c"


def test_a_heading_around_a_section_is_kept():
    html = "<section data-section-name='Bones'><section data-section-name='Ribs'><p>Intact.</p>"
    assert findings(f"{html}</section><p>No more.</p></section>") == (
        "Bones, ribs: Intact.",
        "Bones: No more.",
    )


def test_a_long_pick_list_is_a_field_with_all_its_choices():
    choices = [f"Choice {number} with {'many ' * 12}words" for number in range(12)]
    options = "".join(f"<option>{choice}</option>" for choice in choices)
    (row,) = findings(f"<p>Lungs: <select>{options}</select></p>")
    assert fields_in(row)[0].choices == tuple(choices)


def test_nested_sections_keep_their_place_and_their_section():
    found = read_mrrt(
        b"<section data-section-name='Findings'><p>First.</p>"
        b"<section data-section-name='Pleura'><p>No effusion.</p><p>Thin.</p></section>"
        b"<p>Last.</p></section>"
        b"<section data-section-name='Impression'>"
        b"<section data-section-name='Advice'><p>None.</p></section></section>"
    )
    assert dict(found.sections) == {
        Section.FINDINGS: ("First.", "Pleura: No effusion.", "Thin.", "Last."),
        Section.IMPRESSION: ("Advice: None.",),
    }


@given(st.lists(st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=12)))
def test_no_words_are_lost_or_glued(words: list[str]):
    cells = "".join(f"<td>{escape(word)}</td>" for word in words)
    text = " ".join(findings(f"<table><tr>{cells}</tr></table><p>End</p>"))
    assert re.findall(r"\w+", text) == [*words, "End"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no section"),
        (b"PK\x03\x04\xff\xfe", "not text"),
        (b"<html><body><p>Hello</p></body></html>", "no section"),
        (b"<section data-section-name='Findings'><img src='x'></section>", "no words"),
        (b" " * (GREATEST_BYTES + 1), "too large"),
    ],
)
def test_a_file_that_is_no_template_is_refused_with_the_reason(content, why):
    with pytest.raises(InputError, match=why):
        read_mrrt(content)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_give_a_template_or_one_of_our_errors(content):
    with contextlib.suppress(InputError):
        read_mrrt(b"<section data-section-name='Findings'><p>" + content)


def test_deep_nesting_is_read_without_recursion():
    deep = "<div>" * 5_000 + "Words." + "</div>" * 5_000
    found = read_mrrt(f"<section data-section-name='Findings'>{deep}</section>".encode())
    assert dict(found.sections)["Findings"] == ("Words.",)
