"""Thousands of broken HL7 v2 messages: orders, or a sentence that is true of the message."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable

from testkit.orders import MSH, OBR, ORC, PID, message, with_fields

from engine.documents.orders.hl7_order import hl7_orders
from engine.domain.order import Order
from engine.errors import InputError

WHOLE = [
    message(
        obr=f"{OBR}\rNTE|1||In a \\T\\ chair\\.br\\not \\X41\\lone\rTQ1|1||||||20200203|202002031|S"
    ),
    message(end="\n", pid=with_fields(PID, {3: "9^^^Insurer^NI~17^^^Hospital^MR~17"})),
    message(codec="utf-8", end="\r\n", pid=with_fields(PID, {5: "Åberg^Zoë=阿部"})),
    message(codec="iso8859-1", msh=with_fields(MSH, {18: "8859/1"}), obr=f"{OBR}\rNTE|1||Müller"),
    b"\x0b" + message() + b"\x1c\r\x0b" + message(orc=with_fields(ORC, {1: "CA"})) + b"\x1c\r",
    b"FHS|^~\\&|HIS\rBHS|^~\\&|HIS\r" + message(obr="") + message(orc="") + b"BTS|1\rFTS|1\r",
    message(msh=MSH.replace("|^~\\&|", "|$%/#|").replace("ORM^O01", "OMI$O23")),
    message().decode().encode("utf-16"),
]
MARKS = (b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"\0", b'""', b"\x1c", b"\\X", b"\\.br\\")
COUNT = 2000
LINE = re.compile(rb"[\r\n\x0b\x1c]+")


def parts(content: bytes) -> list[bytes]:
    """The messages of a file."""
    return re.split(rb"(?<![^\r\n\x0b\x1c])(?=MSH[^\w\s])", content)[1:]


def names(part: bytes) -> set[bytes]:
    """Names of segments; a separator follows them."""
    lines = [line.decode(errors="replace") for line in LINE.split(part)]
    return {line[:3].encode() for line in lines if not re.match(r"\w{4}|\w{3}\s", line)}


def kind(part: bytes) -> str:
    """MSH-9.1 by the separators that the message declares."""
    # What does not begin a segment goes on with the line before it.
    first = re.split(r"[\r\n\x0b\x1c]+(?=[A-Z][A-Z0-9]{2}[^\w\s])", part.decode("latin_1"))[0]
    fields = first.split(first[3])
    component = fields[1][:1] or "^"
    return fields[8].split(component)[0].strip() if len(fields) > 8 else ""


def is_mixed_up(part: bytes) -> bool:
    first = re.split(rb"[\r\n]", part)[0].decode("latin_1")
    marks = [first[3], *first[4:].split(first[3])[0][:4]]
    return len(set(marks)) < len(marks) or any(m.isalnum() or m.isspace() for m in marks)


TRUE: dict[str, Callable[[bytes], bool]] = {
    "It holds no HL7 message": lambda content: not parts(content),
    "The HL7 message names no patient": lambda content: any(
        b"PID" not in names(one) for one in parts(content)
    ),
    "The HL7 message holds no order": lambda content: any(
        not {b"ORC", b"OBR"} & names(one) for one in parts(content)
    ),
    "The HL7 message does not say": lambda content: any(not kind(one) for one in parts(content)),
    "It is an HL7 message of another kind": lambda content: any(
        kind(one) and kind(one).upper() not in {"ORM", "OMI", "OMG"} for one in parts(content)
    ),
    "The HL7 message's first line is damaged": lambda content: any(
        map(is_mixed_up, parts(content))
    ),
}


def broken(content: bytes, chance: random.Random) -> bytes:
    """The message with one to four faults."""
    for _fault in range(chance.randint(1, 4)):
        at = chance.randrange(len(content) + 1)
        rows = content.split(b"\r")
        row = chance.randrange(len(rows))
        kind = chance.randrange(8)
        if kind == 0:
            content = content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
        elif kind == 1:
            content = content[:at] + content[at + chance.choice((1, 3, 40)) :]
        elif kind == 2:
            content = content[:at]
        elif kind == 3:
            content = b"\r".join(rows[:row] + rows[row + 1 :])
        elif kind == 4:
            content = b"\r".join([*rows[:row], rows[row], *rows[row:]])
        elif kind == 5:
            content = content[:at] + chance.choice(MARKS) * chance.choice((1, 2, 90)) + content[at:]
        elif kind == 6:
            chance.shuffle(rows)
            content = b"\r".join(rows)
        else:
            fields = rows[row].split(b"|")
            fields[chance.randrange(len(fields))] = chance.randbytes(chance.randrange(30))
            content = b"\r".join([*rows[:row], b"|".join(fields), *rows[row + 1 :]])
    return content


def outcome(content: bytes) -> tuple[tuple[Order, ...], tuple[str, ...]]:
    """The orders and the sentences; whatever else is raised is a fault."""
    try:
        return hl7_orders(content)
    except InputError as error:
        return (), (error.message,)


def test_broken_messages_are_read_or_refused_with_a_true_sentence() -> None:
    chance = random.Random(19)  # noqa: S311 - a fixed seed, not a secret
    told = Counter[str]()
    for number in range(COUNT):
        content = broken(WHOLE[number % len(WHOLE)], chance)
        orders, sentences = outcome(content)
        assert all(one.number or one.patient.patient_id for one in orders)
        wide = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}.get(content[:2])
        plain = content.decode(wide, "replace").encode() if wide else content
        for sentence in sentences:
            known = [one for one in TRUE if sentence.startswith(one)]
            assert len(known) == 1, sentence
            assert sentence.endswith(".")
            assert TRUE[known[0]](plain), (sentence, content)
            told[known[0]] += 1
        told["read"] += len(orders)
    assert set(told) == {*TRUE, "read"}
