"""Files that are written whole, and folders of any depth."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.files import walk, write_atomically


def test_nothing_is_left_of_a_document_that_cannot_be_put_in_place(tmp_path: Path) -> None:
    (tmp_path / "report.pdf" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_atomically(tmp_path / "report.pdf", b"words about a patient")
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_file_is_its_owners_even_if_another_left_one_of_its_temporary_name(
    tmp_path: Path,
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch(0o666)
    (tmp_path / "key.json.part").symlink_to(elsewhere)
    write_atomically(tmp_path / "key.json", b"secret")
    assert (tmp_path / "key.json").stat().st_mode & 0o777 == 0o600
    assert elsewhere.read_bytes() == b""


def test_folders_are_walked_in_order_without_links(tmp_path: Path) -> None:
    for name in ("b/2", "b/1", "a/3", "4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    found = [folder / name for folder, _, names in walk(tmp_path, print) for name in names]
    assert found == [tmp_path / name for name in ("4", "a/3", "b/1", "b/2")]


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    told: list[Path] = []
    assert list(walk(tmp_path / "absent", told.append)) == []
    assert told == [tmp_path / "absent"]
