"""Content trees of structured reports: nothing that changes what an item means is dropped."""

from __future__ import annotations

from typing import Any

from pydicom.dataset import Dataset

from engine.dicom.content_tree import content_lines, content_notes


def _code(meaning: str, value: str = "1", scheme: str = "99T") -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def _item(
    kind: str, name: str, value: Any = None, *below: Dataset, relation: str = "CONTAINS"
) -> Dataset:
    item = Dataset()
    item.ValueType, item.RelationshipType = kind, relation
    if name:
        item.ConceptNameCodeSequence = [_code(name)]
    if kind == "TEXT":
        item.TextValue = value
    elif kind == "CODE" and value:
        item.ConceptCodeSequence = [_code(value)]
    elif kind == "NUM" and value:
        measured = Dataset()
        measured.NumericValue, unit = value.split()
        measured.MeasurementUnitsCodeSequence = [_code(unit, unit, "UCUM")]
        item.MeasuredValueSequence = [measured]
    elif kind == "UIDREF":
        item.UID = value
    item.ContentSequence = list(below)
    return item


def _mod(name: str, value: str, *below: Dataset, relation: str = "HAS CONCEPT MOD") -> Dataset:
    return _item("CODE", name, value, *below, relation=relation)


def _told(*below: Dataset) -> list[str]:
    root = _item("CONTAINER", "Diagnostic Imaging Report", None, *below)
    return [f"{'#' * line.level} {line.text}".strip() for line in content_lines(root)]


def test_presence_laterality_and_their_own_modifiers_stand_with_the_finding() -> None:
    certainty = _mod("Certainty", "Possible", relation="HAS PROPERTIES")
    site = _mod("Finding Site", "Lung", _mod("Laterality", "Left"))
    assert _told(
        _item(
            "CONTAINER",
            "Findings",
            None,
            _item("CODE", "Finding", "Pneumothorax", _mod("Presence", "Absent")),
            _item("CODE", "Finding", "Pleural effusion", site, _mod("Severity", "Small")),
            _item("CODE", "Finding", "Nodule", certainty),
        )
    ) == [
        "# Findings",
        "Finding: Pneumothorax (Presence: Absent)",
        "Finding: Pleural effusion (Finding Site: Lung (Laterality: Left); Severity: Small)",
        "Finding: Nodule (Certainty: Possible)",
    ]


def test_a_container_keeps_its_modifiers_even_if_it_holds_nothing_else() -> None:
    assert _told(
        _item("CONTAINER", "Pneumothorax", None, _mod("Presence", "Absent")),
        _item("CONTAINER", "Impressions", None),
        _item("CONTAINER", "Lung", None, _mod("Laterality", "Right"), _item("TEXT", "", "Clear.")),
    ) == ["# Pneumothorax (Presence: Absent)", "# Lung (Laterality: Right)", "Clear."]


def test_a_text_keeps_its_name_unless_it_is_that_of_its_heading() -> None:
    assert _told(
        _item("TEXT", "History", "Pneumothorax right, after drainage."),
        _item("TEXT", "Comparison", "Large effusion in 2021."),
        _item(
            "CONTAINER",
            "Findings",
            None,
            _item("TEXT", "Finding", "Lungs are clear."),
            _item("TEXT", "Previous finding", "Effusion left."),
            _item("TEXT", "", "Heart normal."),
        ),
    ) == [
        "History: Pneumothorax right, after drainage.",
        "Comparison: Large effusion in 2021.",
        "# Findings",
        "Lungs are clear.",
        "Previous finding: Effusion left.",
        "Heart normal.",
    ]


def test_a_number_says_why_there_is_none_and_how_it_is_to_be_taken() -> None:
    failed = _item("NUM", "Cardiothoracic ratio")
    failed.NumericValueQualifierCodeSequence = [_code("Measurement failure")]
    rough = _item("NUM", "Width", "14 mm", _mod("Derivation", "Mean"))
    rough.NumericValueQualifierCodeSequence = [_code("Value out of range")]
    assert _told(failed, rough, _item("NUM", "Depth"), _item("NUM", "Ratio", "0.5 {ratio}")) == [
        "Cardiothoracic ratio: Measurement failure",
        "Width: 14 mm, Value out of range (Derivation: Mean)",
        "Depth: no value",
        "Ratio: 0.5",
    ]


def test_what_is_inferred_from_other_items_is_told_with_them() -> None:
    source = _item("NUM", "Long axis", "9 mm", relation="INFERRED FROM")
    finding = _item("CODE", "Finding", "Nodule", _mod("Presence", "Present"), source)
    assert _told(finding) == ["Finding: Nodule (Presence: Present)", "Long axis: 9 mm"]


def test_the_subject_is_told_and_the_speaker_and_identifiers_are_not() -> None:
    context = "HAS OBS CONTEXT"
    assert _told(
        _mod("Language of Content Item and Descendants", "English"),
        _mod("Procedure reported", "Chest X-ray"),
        _item("TEXT", "Person Observer Name", "Doe", relation=context),
        _item("CODE", "Observer Type", "Person", relation=context),
        _item("CODE", "Subject Class", "Fetus", relation=context),
        _item(
            "CONTAINER",
            "Measurement Group",
            None,
            _item("TEXT", "Tracking Identifier", "Nodule 1", relation=context),
            _item("UIDREF", "Tracking Unique Identifier", "1.2.3", relation=context),
            _item("CODE", "Finding", "Nodule"),
        ),
    ) == [
        "Procedure reported: Chest X-ray",
        "Subject Class: Fetus",
        "# Measurement Group",
        "Tracking Identifier: Nodule 1",
        "Finding: Nodule",
    ]


def test_a_code_without_a_meaning_is_named_by_its_value() -> None:
    finding = _item("CODE", "Finding", "x")
    finding.ConceptCodeSequence = [_code("", "36118008")]
    nameless = _item("CODE", "Finding", None, _mod("Presence", "Absent"))
    assert _told(finding, nameless) == [
        "Finding: code 36118008",
        "Finding: no value (Presence: Absent)",
    ]


def _by_reference(relation: str, *path: int) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ReferencedContentItemIdentifier = relation, list(path)
    return item


def test_a_qualifier_by_reference_stands_with_what_it_qualifies() -> None:
    assert _told(
        _item("CODE", "Finding", "Pneumothorax", _by_reference("HAS PROPERTIES", 1, 2)),
        _mod("Presence", "Absent", relation="CONTAINS"),
    ) == ["Finding: Pneumothorax (Presence: Absent)", "Presence: Absent"]


def test_references_in_a_circle_or_to_nothing_end() -> None:
    assert _told(
        _item("CODE", "A", "a", _by_reference("HAS PROPERTIES", 1, 2)),
        _item("CODE", "B", "b", _by_reference("HAS PROPERTIES", 1, 1)),
        _item("CODE", "C", "c", _by_reference("HAS PROPERTIES", 1, 9), _by_reference("", 1)),
    ) == ["A: a (B: b)", "B: b (A: a)", "C: c"]


def test_a_moment_is_told_to_the_minute() -> None:
    moment = _item("DATETIME", "Compared with the film of")
    moment.DateTime = "20210304101112+0100"
    assert _told(moment) == ["Compared with the film of: 2021-03-04 10:11"]


def test_a_measurement_report_says_who_measured_and_any_other_does_not() -> None:
    def observer(name: str, value: str) -> Dataset:
        return _item("TEXT", name, value, relation="HAS OBS CONTEXT")

    device = observer("Device Observer Name", "CAD-X")
    maker = observer("Device Observer Manufacturer", "Maker")
    root = _item("CONTAINER", "", None, device, maker, _item("NUM", "Length", "12 mm"))
    root.ConceptNameCodeSequence = [_code("Imaging Measurement Report", "126000", "DCM")]
    assert [line.text for line in content_lines(root)] == [
        "Measured by CAD-X, Maker",
        "Length: 12 mm",
    ]
    assert _told(device, _item("TEXT", "Finding", "Clear.")) == ["Finding: Clear."]


def test_what_holds_no_words_is_named_in_its_place_or_counted() -> None:
    table = _item("TABLE", "Heart size over the years")
    table.NumberOfTableRows, table.NumberOfTableColumns = 3, 2
    outline = _item("SCOORD", "", None, _item("IMAGE", "", relation="SELECTED FROM"))
    root = _item(
        "CONTAINER",
        "Report",
        None,
        table,
        _item("TEXT", "Finding", "Nodule.", outline, _item("IMAGE", "Best view")),
        _item("CODE", "Finding", "Effusion", _by_reference("HAS PROPERTIES", 1, 9)),
        _item("HOLOGRAM", "Lung"),
    )
    assert [line.text for line in content_lines(root)] == [
        "Heart size over the years: a table of 3 rows and 2 columns, not shown here",
        "Finding: Nodule.",
        "Finding: Effusion",
        "Lung: an item of an unknown kind, not shown here",
    ]
    (note,) = content_notes(root)
    words, counts = note.rstrip(".").split(": ")
    assert words == "Not shown of this report"
    assert sorted(counts.split(", ")) == [
        "1 item of an unknown kind",
        "1 link between two items",
        "1 outline on an image",
        "1 table",
        "2 images",
    ]
