"""Order files through the real decode worker: every kind, and 2,000 broken ones."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from testkit.dicom_files import write_film
from testkit.orders import OBR, bundle, fhir, message, request, write_worklist_item
from testkit.soak import tries

from engine.errors import InputError, LimitExceededError
from engine.workers.decode_client import DecodeClient
from engine.workers.order_reading import GREATEST_BYTES

_SENTENCE = re.compile(r"[A-Z].*\.")
_UNFORESEEN = "The file is damaged and cannot be read."
_MARKS = (b"|", b"^", b"\\", b"~", b"&", b"\r", b"\n", b"\0", b'"')


@pytest.fixture(scope="module")
def client() -> Iterator[DecodeClient]:
    with DecodeClient() as shared:
        yield shared


def test_each_kind_of_file_is_told_by_its_content(client: DecodeClient, tmp_path: Path) -> None:
    item = write_worklist_item(tmp_path / "no-suffix")
    (tmp_path / "order.txt").write_bytes(b"\x0b" + message() + b"\x1c\r")
    (tmp_path / "order.dcm").write_bytes(b"\xef\xbb\xbf" + fhir(request()))
    read = [client.orders(tmp_path / name) for name in (item.name, "order.txt", "order.dcm")]
    assert [one.orders[0].accession for one in read] == ["A1"] * 3
    assert len({one.digest for one in read}) == 3


def test_what_is_no_order_is_refused_with_a_sentence(client: DecodeClient, tmp_path: Path) -> None:
    write_film(tmp_path / "film.dcm")
    (tmp_path / "words.txt").write_text("Dear colleague,")
    (tmp_path / "empty").touch()
    for name in ("film.dcm", "words.txt", "empty", "absent"):
        with pytest.raises(InputError, match=_SENTENCE):
            client.orders(tmp_path / name)


def test_a_file_larger_than_any_order_is_refused(client: DecodeClient, tmp_path: Path) -> None:
    path = tmp_path / "large.hl7"
    path.write_bytes(message() + b"NTE|1||" + b"x" * GREATEST_BYTES)
    with pytest.raises(LimitExceededError):
        client.orders(path)


def test_json_nested_without_end_is_refused_and_the_worker_stays(
    client: DecodeClient, tmp_path: Path
) -> None:
    path = tmp_path / "deep.json"
    path.write_bytes(b'{"a":' * 100_000)
    with pytest.raises(InputError):
        client.orders(path)
    path.write_bytes(fhir(request()))
    assert client.orders(path).orders


def test_broken_files_are_read_or_refused_with_a_sentence(
    client: DecodeClient, tmp_path: Path
) -> None:
    """The worker process stays the same: nothing ends it, and nothing hangs."""
    whole = [
        message(obr=f"{OBR}\rNTE|1||In a \\T\\ chair\\.br\\now\rTQ1|1||||||20200203|2020020310|S"),
        message(codec="utf_16") + message(),
        fhir(request()),
        fhir(bundle(request(), request(status="revoked"))),
        write_worklist_item(tmp_path / "1.wl").read_bytes(),
    ]
    chance = random.Random(19)  # noqa: S311 - a fixed seed, not a secret
    path = tmp_path / "broken"
    pid, refused = None, list[str]()
    for number in range(tries(200, 2000)):
        path.write_bytes(_broken(whole[number % len(whole)], chance))
        try:
            orders = client.orders(path).orders
            assert all(one.number or one.patient.patient_id for one in orders)
        except InputError as error:
            refused.append(error.message)
        pid = pid or client.pid
        assert client.pid == pid
    assert refused
    assert all(map(_SENTENCE.fullmatch, refused))
    # That one stands for whatever a parser raises that nobody foresaw.
    assert _UNFORESEEN not in refused


def _broken(content: bytes, chance: random.Random) -> bytes:
    """The bytes with one to five faults: changed, cut, doubled, swapped or of another kind."""
    broken = bytearray(content)
    for _fault in range(chance.randint(1, 5)):
        at = chance.randrange(len(broken) + 1)
        kind = chance.randrange(6)
        if kind == 0 and at < len(broken):
            broken[at] = chance.randrange(256)
        elif kind == 1:
            del broken[at : at + chance.choice((1, 4, 30, len(broken)))]
        elif kind == 2:
            broken[at:at] = broken[at : at + chance.randrange(1, 200)]
        elif kind == 3:
            broken[at:at] = chance.choice(
                (b"|", b"^", b"\\", b"~", b"&", b"\r", b"\n", b"\0", b'"')
            )
        elif kind == 4:
            broken[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 40)))
        else:
            broken[:0] = chance.choice((b"MSH", b"{", b"\xff\xfe", b"\x0b", b"BHS|", b"DICM"))
    return bytes(broken)
