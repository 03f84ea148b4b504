"""HL7 v2 messages as segments and fields: framing, character sets, separators and escapes.

Chapter 2 of HL7 v2.5.1. Written for messages as they are found in files: segments end with CR, LF
or both, MLLP's frame bytes are left in, several messages follow each other with or without batch
headers (FHS, BHS), and a line break inside a text was not escaped. The library `hl7` is not used:
it reads none of these, and logs lines of messages, which are patients' data. Tests compare with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from engine.domain.order import order_text
from engine.errors import DamagedFileError

# Table 0211. ISO 8859/1 is read as Windows-1252, its superset: that is what Windows systems write.
_CODECS: Final = {
    "ASCII": "",
    "8859/1": "cp1252",
    **{f"8859/{part}": f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 15)},
    "UNICODE": "utf_8",
    "UNICODE UTF-8": "utf_8",
    "UTF-8": "utf_8",
    "ISO IR87": "iso2022_jp",
    "ISO IR14": "shift_jis",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "CNS 11643-1992": "big5",
    "BIG-5": "big5",
}
_WIDE: Final = {b"\xff\xfe": "utf_16", b"\xfe\xff": "utf_16"}
_START: Final = re.compile(rb"(?:^|(?<=[\r\n\x0b\x1c]))(?=MSH[^\w\s])")
_BREAKS: Final = re.compile(r"[\r\n\x0b\x1c]+")
_SEGMENT: Final = re.compile(r"[A-Z][A-Z0-9]{2}(?=[^\w\s]|$)")
_ENVELOPE: Final = frozenset({"FHS", "BHS", "BTS", "FTS"})
ENVELOPES: Final = (b"MSH", b"FHS", b"BHS")
"""How a file of messages begins, after a byte order mark and frame bytes."""
_MARK: Final = "\ufffd"
MOST_MESSAGES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Separators:
    """The characters of MSH-1 and MSH-2, and the codec that escaped bytes are in."""

    field: str = "|"
    component: str = "^"
    repeat: str = "~"
    escape: str = "\\"
    part: str = "&"
    codec: str = "utf_8"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment.

    Attributes:
        name: Three letters.
        fields: As in the message, escapes included; index 0 is the name, as HL7 counts from 1.
        by: Separators of the message.
    """

    name: str
    fields: tuple[str, ...]
    by: Separators

    def repeats(self, number: int) -> list[list[str]]:
        """A field's repetitions, each as its components; empty if the field is."""
        value = self.fields[number] if number < len(self.fields) else ""
        # Two quotation marks say that the value shall be deleted (2.5.3.1).
        if not value.strip() or value.strip() == '""':
            return []
        return [one.split(self.by.component) for one in value.split(self.by.repeat)]

    def text(self, number: int, component: int = 1, *, lines: bool = False) -> str:
        """A component of a field's first repetition, as clean text."""
        return self.words(next(iter(self.repeats(number)), []), component, lines=lines)

    def words(self, components: list[str], number: int, *, lines: bool = False) -> str:
        """One of the components, its first subcomponent, as clean text; empty if absent."""
        if not 0 < number <= len(components):
            return ""
        value = components[number - 1].split(self.by.part)[0]
        return "" if value == '""' else order_text(unescaped(value, self.by), lines=lines)


def messages(content: bytes) -> Iterator[list[Segment]]:
    """The messages of a file, each with its MSH segment first.

    Raises:
        DamagedFileError: There is no message, or far too many.
    """
    wide = _WIDE.get(content[:2])
    if wide:
        content = content.decode(wide, errors="replace").encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    starts = [found.start() for found in _START.finditer(content)]
    if not starts or len(starts) > MOST_MESSAGES:
        raise DamagedFileError("It holds no HL7 message, or too many for one file.")
    for start, end in zip(starts, [*starts[1:], len(content)], strict=True):
        yield _message(content[start:end], is_utf8=bool(wide))


def _message(content: bytes, *, is_utf8: bool) -> list[Segment]:
    first = re.split(rb"[\r\n]", content, maxsplit=1)[0].decode("latin_1")
    by = _separators(first)
    fields = first.split(by.field)
    declared = fields[17].split(by.repeat)[0].strip().upper() if len(fields) > 17 else ""
    codec = "utf_8" if is_utf8 else _codec_of(declared, content)
    by = replace(by, codec=codec)
    return list(_segments(content.decode(codec, errors="replace"), by))


def _codec_of(declared: str, content: bytes) -> str:
    """The codec of MSH-18; without one, UTF-8 if the bytes are valid, as others hardly ever are."""
    codec = _CODECS.get(declared.removeprefix("ISO ").strip(), _CODECS.get(declared, ""))
    if codec:
        return codec
    try:
        content.decode("utf_8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf_8"


def _separators(first: str) -> Separators:
    mark = first[3]
    given = first[4:].split(mark, 1)[0]
    usual = Separators()
    names = ("component", "repeat", "escape", "part")
    found = dict(zip(names, given, strict=False))
    chosen = [mark, *found.values()]
    if len(set(chosen)) < len(chosen) or any(c.isalnum() or c.isspace() for c in chosen):
        raise DamagedFileError("The HL7 message's first line is damaged: its separators are wrong.")
    return Separators(field=mark, **{name: found.get(name, getattr(usual, name)) for name in names})


def _segments(text: str, by: Separators) -> Iterator[Segment]:
    rows: list[str] = []
    for line in _BREAKS.split(text):
        if _SEGMENT.match(line):
            rows.append(line)
        elif line.strip() and rows:
            # A line break inside a text was not escaped.
            rows[-1] += f"\n{line}"
    for row in rows:
        name = row[:3]
        if name in _ENVELOPE:
            continue
        fields = tuple(row.split(by.field))
        # MSH-1 is the separator itself, so the first field after it is MSH-2.
        yield Segment(name, (name, by.field, *fields[1:]) if name == "MSH" else fields, by)


def unescaped(text: str, by: Separators) -> str:
    """The text with its escape sequences replaced (2.7); what is none stays as it is written."""
    if by.escape not in text:
        return text
    mark = re.escape(by.escape)
    sequence = re.compile(rf"{mark}([^{mark}\n]{{0,80}}){mark}")
    found, at = [], 0
    while match := sequence.search(text, at):
        replaced = _replaced(match[1], by)
        # A backslash of a path does not take the next one for its end.
        end = match.end() if replaced is not None else match.start() + 1
        found.append(text[at : match.start()])
        found.append(by.escape if replaced is None else replaced)
        at = end
    return "".join((*found, text[at:]))


def _replaced(code: str, by: Separators) -> str | None:
    letters = {"F": by.field, "S": by.component, "R": by.repeat, "E": by.escape, "T": by.part}
    if code in letters:
        return letters[code]
    if code in ("H", "N", ".fi", ".nf") or re.fullmatch(r"\.(?:in|ti|sk)[+-]?\d*", code):
        return " " if code.startswith(".") else ""
    if re.fullmatch(r"\.(?:br|ce|sp\+?\d*)", code):
        return "\n"
    if re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", code):
        return bytes.fromhex(code[1:]).decode(by.codec, errors="replace")
    # Another character set in the middle of a text: a visible gap, never wrong letters.
    return _MARK if re.fullmatch(r"[CM][0-9A-Fa-f]{4,6}", code) else None
