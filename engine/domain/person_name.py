"""Names as DICOM encodes them (PS3.5 6.2.1, PN) and as people read them.

A PN value has up to three component groups separated by "=" (alphabetic, ideographic, phonetic),
each of up to five components separated by "^": family, given, middle, prefix, suffix.
"""

from __future__ import annotations

_WRITINGS, _PARTS, _LONGEST = 3, 5, 64


def kept_name(header: str) -> str:
    """A PN value with all its components, each group cut at the 64 characters that PN allows."""
    writings = header.split("=")[:_WRITINGS]
    groups = ("^".join(part.strip() for part in one.split("^")[:_PARTS]) for one in writings)
    return "=".join(group[:_LONGEST].rstrip() for group in groups)


def shown_name(header: str) -> str:
    """A PN value for display: "Family, Prefix Given Middle Suffix", other groups after " = "."""
    return _shown(header, ("prefix", "given", "middle", "suffix"))


def as_read(shown: str) -> str:
    """A display name with its representations side by side, without the " = " between them."""
    return "  ".join(shown.split(" = "))


def short_name(header: str) -> str:
    """The same without prefix and suffix, as older versions stored it in the index."""
    return _shown(header, ("given", "middle"))


def header_name(shown: str) -> str:
    """The PN value of a name that is only known in display form."""
    groups = []
    for writing in shown.split(" = ")[:_WRITINGS]:
        plain = writing.replace("\\", " ").replace("=", " ").replace("^", " ")
        family, _, given = plain.partition(",")
        groups.append(f"{family.strip()[: _LONGEST - 1]}^{given.strip()}" if plain.strip() else "")
    return kept_name("=".join(groups))


def _shown(header: str, others: tuple[str, ...]) -> str:
    writings = []
    for group in header.split("="):
        values = [part.strip() for part in group.split("^")]
        family, *rest = [*values, *[""] * _PARTS][:_PARTS]
        by_name = dict(zip(("given", "middle", "prefix", "suffix"), rest, strict=True))
        behind = " ".join(by_name[name] for name in others if by_name[name])
        shown = ", ".join(part for part in (family, behind) if part)
        if shown and shown not in writings:
            writings.append(shown)
    return " = ".join(writings)
