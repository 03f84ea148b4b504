"""Decodes header texts of any DICOM character set: to the right letters or to visible gaps.

Specific Character Set (PS3.3 C.12.1.1.2) is often missing, misspelt or not the one that the writer
used. A text is decoded by its declared character set where possible, else as UTF-8, which text of
another encoding hardly ever matches by chance. Bytes without a meaning become replacement
characters, never wrong letters. pydicom then receives UTF-8 for every text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

_CHARACTER_SET: Final = BaseTag(0x00080005)
_TEXTS: Final = frozenset({"PN", "LO", "SH", "ST", "LT", "UT", "UC"})
_ASCII: Final = "ascii"
# ISO registration numbers of the Defined Terms (tables C.12-2 to C.12-5), and Python's codecs.
_NUMBERED: Final = {
    6: _ASCII,
    13: "shift_jis",
    14: "shift_jis",
    58: "gb2312",
    87: "iso2022_jp",
    100: "latin_1",
    101: "iso8859_2",
    109: "iso8859_3",
    110: "iso8859_4",
    126: "iso8859_7",
    127: "iso8859_6",
    138: "iso8859_8",
    144: "iso8859_5",
    148: "iso8859_9",
    149: "euc_kr",
    159: "iso2022_jp_2",
    166: "tis_620",
    192: "utf_8",
    203: "iso8859_15",
}
_NAMED: Final = {"GB18030": "gb18030", "GBK": "gbk", "UTF8": "utf_8", "ASCII": _ASCII}
# Escape sequences of PS3.5 6.1.2.5 with the codec of the bytes after them. The codec of the two
# double-byte Japanese sets in G0 reads the sequence itself; the others get the text without it.
_ESCAPES: Final = {
    b"\x1b(B": _ASCII,
    b"\x1b(J": "shift_jis",
    b"\x1b)I": "shift_jis",
    b"\x1b$B": "iso2022_jp_2",
    b"\x1b$(D": "iso2022_jp_2",
    b"\x1b$)C": "euc_kr",
    b"\x1b$)A": "gb2312",
    b"\x1b-A": "latin_1",
    b"\x1b-B": "iso8859_2",
    b"\x1b-C": "iso8859_3",
    b"\x1b-D": "iso8859_4",
    b"\x1b-F": "iso8859_7",
    b"\x1b-G": "iso8859_6",
    b"\x1b-H": "iso8859_8",
    b"\x1b-L": "iso8859_5",
    b"\x1b-M": "iso8859_9",
    b"\x1b-T": "tis_620",
    b"\x1b-b": "iso8859_15",
}
_PART: Final = re.compile(rb"\x1b\$[()]?.|\x1b..|[^\x1b]+|\x1b", re.DOTALL)
# Tags of items and of their ends, and undefined lengths, in either byte order.
_ITEM_MARKS: Final = re.compile(
    rb"\xfe\xff(?:\x00|\x0d|\xdd)\xe0|\xff\xfe\xe0(?:\x00|\x0d|\xdd)|\xff\xff\xff\xff"
)
_DELIMITERS: Final = re.compile(rb"[\\^=\r\n\t\f]")


def unify_characters(dataset: Dataset) -> None:
    """Converts all texts of a header and its sequences to UTF-8; the elements must still be raw."""
    level = [(dataset, [_ASCII])]
    while level:
        current, inherited = level.pop()
        codecs = _codecs_of(current, inherited)
        for tag, raw in list(_raw_texts(current)):
            text = decoded(raw.value or b"", codecs)
            current[tag] = raw._replace(value=text.encode())
        implicit, little = current.original_encoding
        current.set_original_encoding(implicit, little, ["utf_8"])
        for tag, element in list(current.items()):
            if _may_hold_texts(element):
                level.extend((item, codecs) for item in _items(current, tag))


def decoded(value: bytes, codecs: list[str]) -> str:
    """The text in the given codecs; the first one applies up to the first escape sequence."""
    if value.isascii() and b"\x1b" not in value:
        return value.decode(_ASCII)
    if b"\x1b" in value:
        return "".join(_escaped(value, codecs[0]))
    first = codecs[0]
    is_guess = first in (_ASCII, "latin_1")
    tried = ["utf_8", first, *codecs[1:]] if is_guess else [first, "utf_8", *codecs[1:]]
    for codec in tried:
        try:
            return value.decode(codec)
        except UnicodeDecodeError:
            continue
    return value.decode(first, "replace")


def _escaped(value: bytes, first: str) -> Iterator[str]:
    """The parts of a text with escape sequences; a delimiter resets the set to the first codec."""
    codec, mark = first, b""
    for part in _PART.findall(value):
        if part.startswith(b"\x1b"):
            codec, mark = _ESCAPES.get(part, ""), part
            if not codec:
                yield "\N{REPLACEMENT CHARACTER}"
                codec = first
            continue
        if codec == "iso2022_jp_2":
            yield (mark + part).decode(codec, "replace")
            continue
        end = _DELIMITERS.search(part)
        if end is None or first == _ASCII:
            yield part.decode(codec, "replace")
            continue
        yield part[: end.start()].decode(codec, "replace")
        yield part[end.start() :].decode(first, "replace")
        codec = first


def _codecs_of(dataset: Dataset, inherited: list[str]) -> list[str]:
    """Python's codecs for a data set's own character sets, or the inherited ones."""
    if _CHARACTER_SET not in dataset:
        return inherited
    element = dataset.get_item(_CHARACTER_SET)
    value = element.value
    if isinstance(value, bytes):
        terms = value.decode(_ASCII, "replace").split("\\")
    else:
        terms = [value] if isinstance(value, str) else [str(one) for one in value or ()]
    return [_codec(term) for term in terms] or inherited


def _codec(term: str) -> str:
    """Python's codec for a Defined Term in any spelling; ASCII if it is empty or unknown."""
    letters = re.sub(r"[^A-Z0-9]", "", term.upper())
    if letters in _NAMED:
        return _NAMED[letters]
    if part := re.fullmatch(r"ISO8859([0-9]{1,2})", letters):
        return f"iso8859_{part[1]}" if 1 <= int(part[1]) <= 15 and part[1] != "12" else _ASCII
    number = re.fullmatch(r"(?:ISO)?(?:2022)?(?:IR)?([0-9]{1,3})", letters)
    return _NUMBERED.get(int(number[1]), _ASCII) if number else _ASCII


def _raw_texts(dataset: Dataset) -> Iterator[tuple[BaseTag, RawDataElement]]:
    """Raw text elements with anything other than ASCII."""
    for tag, raw in dataset.items():  # as they are read: to get one costs more than to look at it
        if not isinstance(raw, RawDataElement) or not isinstance(raw.value, bytes):
            continue
        if raw.value.isascii() and b"\x1b" not in raw.value:
            continue
        if (raw.VR or _vr_of(tag)) in _TEXTS:
            yield tag, raw


def _may_hold_texts(element: object) -> bool:
    """Whether an element is a sequence that may contain more than ASCII.

    A scan leaves short sequences unparsed; their bytes are searched. ASCII needs no conversion.
    """
    if not isinstance(element, RawDataElement):
        return isinstance(element, DataElement) and element.VR == "SQ"
    if not isinstance(element.value, bytes) or (element.VR or _vr_of(element.tag)) != "SQ":
        return False
    content = _ITEM_MARKS.sub(b"", element.value)
    return not content.isascii() or b"\x1b" in content


def _items(dataset: Dataset, tag: BaseTag) -> list[Dataset]:
    """The items of a sequence; empty if it cannot be read."""
    try:
        value = dataset[tag].value
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - whatever pydicom raises, it is met again where it is used
        return []
    return [item for item in value or () if isinstance(item, Dataset)]


def _vr_of(tag: BaseTag) -> str:
    try:
        return dictionary_VR(tag)
    except KeyError:
        return ""
