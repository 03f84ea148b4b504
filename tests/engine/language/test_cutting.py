"""Where sentences and list items end."""

from __future__ import annotations

import pytest

from engine.language.findings import sentences_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("No effusion. small pneumothorax.", ["No effusion.", "small pneumothorax."]),
        ("No effusion.Small pneumothorax.", ["No effusion.", "Small pneumothorax."]),
        ("\u2022 No effusion \u2022 Small PTX", ["No effusion", "Small PTX"]),
        ("1. No effusion 2. Small PTX", ["No effusion", "Small PTX"]),
        ("1) No effusion\n2) Small PTX", ["No effusion", "Small PTX"]),
        ("- No effusion - Small PTX", ["No effusion", "Small PTX"]),
        ("No effusion\r\nSmall PTX", ["No effusion", "Small PTX"]),
        ("No effusion\u2028Small PTX", ["No effusion", "Small PTX"]),
        ("Lt. lower zone opacity.", ["Lt. lower zone opacity."]),
        ("R. effusion.", ["R. effusion."]),
        ("PICC on the R. Heart normal.", ["PICC on the R.", "Heart normal."]),
        ("Atelectasis vs. Pneumonia.", ["Atelectasis vs. Pneumonia."]),
        ("A nodule of 5.2 cm at C7.", ["A nodule of 5.2 cm at C7."]),
        ("Effusion: no. Pneumothorax: no.", ["Effusion: no.", "Pneumothorax: no."]),
        ("Small effusion ?pneumonia", ["Small effusion ?pneumonia"]),
        ("clear lungs . no effusion .", ["clear lungs", "no effusion"]),
        ("Mediastinal widening? No.", ["Mediastinal widening? No."]),
        ("Effusion? Not excluded.", ["Effusion?", "Not excluded."]),
        (
            "Heart large without failure   Ectatic aorta",
            ["Heart large without failure", "Ectatic aorta"],
        ),
        ("No effusion. \u2022 Small PTX \n \n Clear", ["No effusion.", "Small PTX", "Clear"]),
        ("\n \n", []),
    ],
)
def test_parts(text: str, parts: list[str]) -> None:
    assert list(sentences_of(text)) == parts


def test_a_row_without_a_blank_is_read_in_pieces() -> None:
    parts = sentences_of("effusion," * 400)
    assert "".join(parts) == "effusion," * 400
    assert all(part.endswith(",") and len(part) <= 600 for part in parts)
    assert {len(part) for part in sentences_of("x" * 1500)} == {600, 300}


def test_a_row_without_an_end_is_read_in_pieces_and_loses_no_word() -> None:
    text = " ".join(f"word{n}" for n in range(2000))
    parts = sentences_of(text)
    assert len(parts) > 10
    assert " ".join(parts) == text
