"""Known vulnerabilities of parts, and why the program is not affected (OpenVEX 0.2).

Written by hand in `vex.json` from what is known of the parts; no database of vulnerabilities was
asked. A scanner that reads the bill of materials takes this beside it and is quiet about what was
judged. What is not listed was not judged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "vex.openvex.json"
JUDGED = Path(__file__).with_name("vex.json")


def document(parts: Mapping[str, str], moment: str, *, is_frozen: bool = False) -> dict[str, Any]:
    """The statements about the parts that are there.

    Args:
        parts: Package URLs by name.
        moment: ISO time that it carries.
        is_frozen: Whether it is about a frozen folder, from which some libraries were taken.
    """
    statements = []
    for group in json.loads(JUDGED.read_text("utf-8")):
        if group["part"] not in parts:
            continue
        judged = group["frozen"] if is_frozen else group["installed"]
        product = {
            "@id": parts["negatoscope"],
            "subcomponents": [{"@id": parts[group["part"]]}],
        }
        statements += [
            {
                "vulnerability": {"name": name},
                "products": [product],
                "status": "not_affected",
                "justification": judged["justification"],
                "impact_statement": judged["why"],
            }
            for name in group["names"]
        ]
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": f"https://openvex.dev/docs/negatoscope-{moment}",
        "author": "The authors of Negatoscope",
        "timestamp": moment,
        "version": 1,
        "statements": statements,
    }
