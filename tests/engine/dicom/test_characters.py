"""Texts of any character set, declared rightly, wrongly or not at all."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from testkit.dicom_files import chest_like, film

from engine.dicom.header import found_image
from engine.dicom.reader import read_header

GONE = "\N{REPLACEMENT CHARACTER}"


def _read(name: bytes, charset: bytes | None) -> FileDataset:
    """The header of a film with those bytes in its name and its character set."""
    placeholder = b"N" * (len(name) + len(name) % 2)
    dataset = film(
        chest_like(16, 16),
        PatientName=placeholder.decode(),
        SpecificCharacterSet=None if charset is None else "X" * (len(charset) + len(charset) % 2),
    )
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    content = stream.getvalue().replace(placeholder, name.ljust(len(placeholder)))
    if charset is not None:
        padded = charset.ljust(len(charset) + len(charset) % 2)
        content = content.replace(b"X" * len(padded), padded)
    return read_header(io.BytesIO(content))


def _shown(name: bytes, charset: bytes | None) -> str:
    return found_image(_read(name, charset), Path("f")).patient.name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("charset", "name", "shown"),
    [
        # No set, or a wrong one: UTF-8 is that, and what is none is no letter at all.
        (None, "Müller^Jörg".encode(), "Müller, Jörg"),
        (b"ISO_IR 6", "Müller^Jörg".encode(), "Müller, Jörg"),
        (b"ISO_IR 100", "Müller^Jörg".encode(), "Müller, Jörg"),
        (b"ISO_IR 999", "Wałęsa".encode(), "Wałęsa"),
        (None, "Müller".encode("latin_1"), f"M{GONE}ller"),
        (None, "Иванов".encode("cp1251"), GONE * 6),
        (b"ISO_IR 192", "Müller".encode("latin_1"), f"M{GONE}ller"),
        # Sets as they are meant, and misspelt.
        (b"ISO_IR 100", "Müller^Jürgen".encode("latin_1"), "Müller, Jürgen"),
        (b"ISO_IR192", "Müller".encode(), "Müller"),
        (b"utf-8", "Łukasz".encode(), "Łukasz"),
        (b"iso_ir 100", "Müller".encode("latin_1"), "Müller"),
        (b"ISO-IR 101", "Wałęsa".encode("iso8859_2"), "Wałęsa"),
        (b"ISO 8859-1", "Müller".encode("latin_1"), "Müller"),
        (b"ISO_IR 203", "Œuvre^Zoé".encode("iso8859_15"), "Œuvre, Zoé"),
        (b"ISO_IR 166", "สมชาย".encode("tis_620"), "สมชาย"),
        (b"GB18030", "Wang=王^小东".encode("gb18030"), "Wang = 王, 小东"),
        (b"GBK", "Wang=丗^小".encode("gbk"), "Wang = 丗, 小"),
        (b"ISO_IR 13", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3", "ﾔﾏﾀﾞ, ﾀﾛｳ"),
        # Code extensions (PS3.5 annexes H, I and K).
        (
            b"\\ISO 2022 IR 58",
            b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
            "Zhang, XiaoDong = 张, 小东",
        ),
        (b"\\ISO 2022 IR 58", b"Wang=\x1b$)A\xcd\xf5^\xd0\xa1\xb6\xab", "Wang = 王, 小东"),
        (b"\\ISO 2022 IR 58", "Wang=王".encode("gb2312"), "Wang = 王"),
        (None, b"Wang=\x1b$)A\xcd\xf5", "Wang = 王"),
        (
            b"\\ISO 2022 IR 149",
            b"\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
            "洪, 吉洞 = 홍, 길동",
        ),
        (
            b"\\ISO 2022 IR 87",
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
            "Yamada, Tarou = 山田, 太郎 = やまだ, たろう",
        ),
        (
            b"ISO 2022 IR 100\\ISO 2022 IR 126",
            b"Gr\xfc\xdfe^\x1b-F\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2^\xe9",
            "Grüße, Διονυσιος é",
        ),
        (b"\\ISO 2022 IR 58", b"A\x1b%Zb", f"A{GONE}b"),
    ],
)
def test_a_name_has_its_letters_or_visibly_none(
    charset: bytes | None, name: bytes, shown: str
) -> None:
    assert _shown(name, charset) == shown


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
)
def test_texts_of_items_have_the_set_of_their_item_or_of_what_is_around(syntax: str) -> None:
    dataset = film(chest_like(16, 16), transfer_syntax=syntax, SpecificCharacterSet="ISO_IR 100")
    own, inherits = Dataset(), Dataset()
    own.SpecificCharacterSet = "ISO_IR 144"
    own.CodeMeaning, inherits.CodeMeaning = "Грудь", "Größe"
    dataset.ViewCodeSequence = [own, inherits]
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    stream.seek(0)
    header = read_header(stream)
    assert [item.CodeMeaning for item in header.ViewCodeSequence] == ["Грудь", "Größe"]
    assert header.SpecificCharacterSet == "ISO_IR 100"
