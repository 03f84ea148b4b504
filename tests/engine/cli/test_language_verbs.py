"""`negatoscope read` and `check`: one object a line, whatever the line holds."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import main


def asked(monkeypatch, capsys, verb: str, content: bytes, *words: str) -> list[dict[str, Any]]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    main([verb, "--json", *words])
    return [json.loads(line) for line in capsys.readouterr().out.split("\n") if line]


def test_each_line_is_read(monkeypatch, capsys):
    (told,) = asked(monkeypatch, capsys, "read", b"No effusion, small left apical PTX, unchanged.")
    assert told == {
        "text": "No effusion, small left apical PTX, unchanged.",
        "findings": [
            {
                "category": "Pleural Effusion",
                "polarity": "negated",
                "side": "none",
                "site": "",
                "course": "none",
            },
            {
                "category": "Pneumothorax",
                "polarity": "asserted",
                "side": "left",
                "site": "apex",
                "course": "same",
            },
        ],
        "leans_on_prior": True,
    }


def test_any_line_gives_one_object(monkeypatch, capsys):
    lines = [
        "\ufeffBilateral effusions.".encode(),
        b"",
        b"\xff\xfe not UTF-8",
        "\U0001f44d\U0001f3fd \u2028 \u0000 ?LLL pneumonia\r".encode(),
        b"effusion, " * 5000,
        b"last",
    ]
    told = asked(monkeypatch, capsys, "read", b"\n".join(lines))
    assert len(told) == len(lines)
    assert told[0]["text"] == "Bilateral effusions."
    assert told[0]["findings"][0]["side"] == "both"
    assert told[1] == {"text": "", "findings": [], "leans_on_prior": False}
    assert told[3]["findings"][0]["polarity"] == "uncertain"
    assert told[5]["text"] == "last"


def test_a_file_is_read_like_standard_input(tmp_path: Path, capsys):
    file = tmp_path / "texts.txt"
    file.write_text("Left effusion.\nClear lungs.\n", encoding="utf-8")
    assert main(["read", str(file), "--json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["read", str(tmp_path / "none.txt")]) == 1
    assert "could not be opened" in capsys.readouterr().err


def test_without_json_it_is_plain_text(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Left effusion.\n")))
    assert main(["read"]) == 0
    assert capsys.readouterr().out == "Left effusion.\n    Pleural Effusion, asserted, left\n"


REPORT = {
    "id": "a",
    "findings": ["Left effusion of 12 mm, unchanged."],
    "impression": ["Right effusion."],
    "facts": {"sex": "F", "age": 40, "view": "PA", "has_prior": False, "written_by": "model"},
}


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({}, {"side contradiction", "prior without prior film", "number"}),
        ({"facts": {"written_by": "reader"}}, {"side contradiction"}),
        ({"impression": ["No effusion."], "facts": None}, {"polarity contradiction"}),
        ({"findings": ["Tiny left pneumothorax."], "impression": ["As above."], "facts": {}},
         {"missing in impression"}),
        ({"findings": ["She is 70 years old."], "impression": [], "facts": {"age": 40, "sex": "M"}},
         {"header against text"}),
        ({"findings": ["A nodule of 2,4 cm."], "impression": "Left nodule.", "facts": {
            "marks": [{"value": 14.0, "unit": "mm", "section": "findings", "sentence": 0}]}},
         {"measurement against prose"}),
        ({"findings": ["Cardiomegaly."], "impression": [], "facts": {"view": "PA", "ctr": 0.42}},
         {"measurement against prose"}),
        ({"findings": ["Clear lungs."], "impression": ["Normal chest."]}, set()),
    ],
)  # fmt: skip
def test_what_the_guards_ask(monkeypatch, capsys, change, kinds):
    content = json.dumps({**REPORT, **change}).encode()
    (told,) = asked(monkeypatch, capsys, "check", content)
    assert told["id"] == "a"
    assert {alert["kind"] for alert in told["alerts"]} == kinds
    assert all(set(alert) == {"kind", "rule", "message"} for alert in told["alerts"])


def test_a_line_without_a_report_is_told_and_keeps_its_place(monkeypatch, capsys):
    content = b'\n{"id": 7}\n[1]\nnot JSON\n' + json.dumps(REPORT).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main(["check", "--json"]) == 1
    out, err = capsys.readouterr()
    told = [json.loads(line) for line in out.splitlines()]
    assert [one["id"] for one in told] == [None, 7, None, None, "a"]
    assert "Line 3" in err
    assert "Line 4" in err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"id": "x"', "It is no JSON."),
        (b"[" * 100_000, "It is no JSON."),
        (b"null", "It is no JSON object."),
        (b'{"id": "x", "findings": [1]}', "Its “findings” is not what docs/findings.md asks for."),
        (
            b'{"id": "x", "facts": {"written_by": "robot"}}',
            "Its “facts.written_by” is not what docs/findings.md asks for.",
        ),
        (
            b'{"id": "x", "facts": {"marks": [{"value": Infinity}]}}',
            "Its “facts.marks.value” is not what docs/findings.md asks for.",
        ),
        (b'{"id": 1e999}', "Its “id” is not what docs/findings.md asks for."),
    ],
)
def test_a_line_that_cannot_be_checked_says_why_and_the_next_is_answered(
    monkeypatch, capsys, line: bytes, told: str
):
    content = line + b"\n" + json.dumps(REPORT).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main(["check", "--json"]) == 1
    out, err = capsys.readouterr()
    first, second = [json.loads(one) for one in out.splitlines()]
    assert (first["error"], second["id"]) == (told, "a")
    assert first["id"] in ("x", None)
    assert err == f"Line 1: {told}\n"


def test_the_id_of_a_report_that_cannot_be_checked_is_kept(monkeypatch, capsys):
    (told,) = asked(monkeypatch, capsys, "check", b'{"id": "x", "findings": 4}')
    assert told["id"] == "x"


def test_a_key_that_is_not_known_is_passed_over(monkeypatch, capsys):
    content = json.dumps({**REPORT, "colour": 1, "facts": {"ward": 3}}).encode()
    (told,) = asked(monkeypatch, capsys, "check", content)
    assert [alert["rule"] for alert in told["alerts"]] == ["SIDE"]


@pytest.mark.parametrize("verb", ["read", "check"])
def test_a_line_that_is_not_utf_8_is_told_of_and_read(monkeypatch, capsys, verb: str):
    content = b'{"findings": ["\xff Left effusion."], "impression": ["Right effusion."]}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main([verb, "--json"]) == 1
    out, err = capsys.readouterr()
    assert err == "Line 1: Some of it is not UTF-8, and is read as \ufffd.\n"
    assert json.loads(out)["findings" if verb == "read" else "alerts"]


def test_without_json_a_line_without_id_is_named_by_its_number(monkeypatch, capsys):
    content = b'\n{"findings": ["Clear lungs."]}\nno JSON\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main(["check"]) == 1
    assert capsys.readouterr().out == "line 2: nothing\n"
