"""The user guide stays true: every command with its keys, every gesture, no picture unmade."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from testkit.reading_room import ReadingRoom

from viewer.actions.report import REVIEW_COMMANDS
from viewer.actions.tool import MOUSE_GESTURES

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "user-guide.md").read_text("utf-8")


@pytest.fixture
def commands(qtbot, tmp_path):
    opened = ReadingRoom(qtbot, tmp_path / "window.ini")
    yield (*opened.window.registry.commands(), *REVIEW_COMMANDS)
    opened.close()


def rows():
    """The key table's rows by group and command."""
    found = re.findall(r"^\| (\w+) \| (.+?) \| (.+?) \|$", GUIDE, re.MULTILINE)
    return {(group, text): keys for group, text, keys in found}


def test_the_guide_has_every_command_with_its_keys_and_no_other(commands):
    wanted = {
        (c.group, c.text.rstrip("…")): " ".join(f"`{key}`" for key in c.keys) or "menu"
        for c in commands
    }
    written = rows()
    del written["Where", "What"]
    assert written == wanted


def test_the_guide_has_every_gesture_of_the_mouse():
    for where, what in MOUSE_GESTURES:
        assert f"| {where} | {what} |" in GUIDE


def test_every_picture_of_the_guide_is_made_by_the_script():
    script = (ROOT / "installer" / "screenshots.py").read_text("utf-8")
    for name in re.findall(r"\]\(images/(.+?)\.webp\)", GUIDE):
        stem = name.removesuffix("-1920")
        assert f'"{stem}"' in script or f'"{stem}-' in script, name


def test_the_contents_lead_to_every_part():
    contents = GUIDE.split("## Contents")[1].split("\n## ")[0]
    led = set(re.findall(r"\]\(#(.+?)\)", contents))
    titles = re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)
    parts = {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}
    assert led == parts - {"contents"}
