"""MRRT templates: what is taken from them, and what is said about files that are none."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.fields import fields_in
from engine.domain.report import Section
from engine.errors import InputError
from engine.report.mrrt import GREATEST_BYTES, read_mrrt

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
            "[pacemaker|no pacemaker]",
            "Bones: Intact.",
        ),
        Section.IMPRESSION: ("No acute disease.",),
    }


def test_pick_lists_become_fields():
    (heart,) = [s for s in dict(read_mrrt(CHEST.encode()).sections)["Findings"] if "Enlarged" in s]
    (field,) = fields_in(heart)
    assert field.choices == ("Normal", "Enlarged")
    assert field.default == "Normal"


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
