"""A header as lines: names, values in short, sequences opened, nothing that disguises itself."""

from pydicom.dataset import Dataset
from testkit.dicom_files import chest_like, film

from engine.dicom.elements import MAX_LINES, MAX_VALUE, header_elements


def lines(**elements):
    return header_elements(film(chest_like(16, 16), **elements))


def test_each_element_has_its_tag_name_and_value():
    found = {line.tag: line for line in lines(PatientName="Doe^Jane", WindowCenter=[1, 2])}
    name = found["(0010,0010)"]
    assert (name.name, name.vr, name.value, name.depth) == ("Patient's Name", "PN", "Doe^Jane", 0)
    assert found["(0028,1050)"].value == "1.0 \\ 2.0"
    assert "bytes" in found["(7FE0,0010)"].value
    assert "(0002,0010)" in found, "the file meta information is shown too"


def test_sequences_are_opened():
    item = Dataset()
    item.CodeValue = "R-10206"
    found = lines(ViewCodeSequence=[item])
    place = next(n for n, line in enumerate(found) if line.name == "View Code Sequence")
    assert [(line.depth, line.value) for line in found[place : place + 3]] == [
        (0, "1 items"),
        (1, ""),
        (1, "R-10206"),
    ]


def test_long_and_deceptive_values_are_tamed():
    found = {line.name: line.value for line in lines(ImageComments="x\u202ey" + "z" * 9000)}
    assert len(found["Image Comments"]) == MAX_VALUE
    assert "\u202e" not in found["Image Comments"]


def test_there_is_a_limit():
    many = [Dataset() for _ in range(MAX_LINES)]
    assert len(lines(ViewCodeSequence=many)) == MAX_LINES


def test_words_are_found_in_tag_name_and_value():
    (line,) = [line for line in lines(PatientID="T-77") if line.matches("id t-77 (0010")]
    assert line.name == "Patient ID"
