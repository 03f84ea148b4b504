"""Acknowledgements of receivers, as they are found in files, and what is none."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from engine.documents.hl7_ack import acknowledgements
from engine.domain.delivery import Acknowledgement
from engine.errors import InputError

HEAD = "MSH|^~\\&|RIS|HOSP|NEGATOSCOPE||20260318104500||ACK^R01^ACK|77|P|2.5.1"
ID = "1f0c2d3e4f5a6b7c8d9e"


def ack(said: str, *more: str, end: str = "\r") -> bytes:
    return end.join([HEAD, said, *more, ""]).encode()


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize(
    ("code", "is_accepted"), [("AA", True), ("CA", True), ("AE", False), ("AR", False)]
)
def test_each_code_is_read_whatever_ends_the_lines(code: str, is_accepted: bool, end: str) -> None:
    found = acknowledgements(ack(f"MSA|{code}|{ID}", end=end))
    assert found == (Acknowledgement(of=ID, is_accepted=is_accepted),)


@pytest.mark.parametrize(
    ("segments", "words"),
    [
        ([f"MSA|AE|{ID}|Unknown order"], "Unknown order"),
        (
            [f"MSA|AE|{ID}", "ERR||PID^1^3|204^Unknown key^HL70357|E||||No such patient"],
            "No such patient",
        ),
        (
            [f"MSA|AE|{ID}", "ERR||PID^1^3|204^Unknown key identifier^HL70357|E"],
            "Unknown key identifier",
        ),
        ([f"MSA|AE|{ID}|a\\F\\b"], "a|b"),
    ],
)
def test_the_reason_is_found_where_receivers_write_it(segments: list[str], words: str) -> None:
    (found,) = acknowledgements(ack(*segments))
    assert found.words == words


def test_several_messages_with_their_frames_are_several_answers() -> None:
    content = b"\x0b" + ack(f"MSA|AA|{ID}") + b"\x1c\r\x0b" + ack("MSA|AR|other") + b"\x1c\r"
    assert [(each.of, each.is_accepted) for each in acknowledgements(content)] == [
        (ID, True),
        ("other", False),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        ack("PID|1||X"),
        ack(f"MSA|ZZ|{ID}"),
        ack("MSA|AA|"),
        ack(f"MSA|A|{ID}"),
        HEAD.encode(),
    ],
)
def test_what_is_no_acknowledgement_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        acknowledgements(content)


def test_no_broken_file_does_anything_else() -> None:
    chance = random.Random(20)  # noqa: S311  broken files of a test
    whole = ack(f"MSA|AE|{ID}|Unknown order", "ERR||PID^1^3|204^Unknown key^HL70357|E")
    for _ in range(2000):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(broken))
            broken[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        with suppress(InputError):
            acknowledgements(bytes(broken))
