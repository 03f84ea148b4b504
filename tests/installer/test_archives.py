"""The tar archive takes updates that the same makers sign; the recipe for RPM is filled whole."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import tarfile
from pathlib import Path
from types import ModuleType

import pytest
from testkit.updates import content, frozen_folder, signing

from engine.services import update_file
from engine.services.updating import install_update, installation_of

ROOT = Path(__file__).resolve().parents[2]
MOMENT = 1_773_835_200
pytestmark = pytest.mark.skipif(os.name == "nt", reason="packages of Linux")


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`installer/archive.py`."""
    monkeypatch.syspath_prepend(str(ROOT / "installer"))
    return importlib.import_module("archive")


def test_the_archive_starts_where_it_is_unpacked_and_takes_an_update(
    archive: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = frozen_folder(tmp_path / "old", "0.1.0")
    made = [tmp_path / "one.tar.xz", tmp_path / "two.tar.xz"]
    for path in made:
        archive.pack(old, "0.1.0", path, MOMENT)
    assert made[0].read_bytes() == made[1].read_bytes()
    with tarfile.open(made[0]) as tar:
        tar.extractall(tmp_path, filter="tar")
    program = tmp_path / "negatoscope" / "negatoscope"
    assert content(tmp_path / "negatoscope" / "versions" / "0.1.0") == content(old)

    sign = signing()
    public, _mark = sign.make_keys(tmp_path / "key.pem", b"a key for tests")
    monkeypatch.setattr(update_file, "update_key_folders", lambda: (public.parent,))
    key = sign.secret_key(tmp_path / "key.pem", b"a key for tests")
    update = sign.sign(frozen_folder(tmp_path / "new", "0.2.0"), key)
    place = installation_of(program)
    assert place
    install_update(update, place)
    told = subprocess.run([program], capture_output=True, text=True, check=True)
    assert told.stdout == "Negatoscope 0.2.0\n"


def test_a_key_is_never_written_over_and_never_without_a_passphrase(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sign, key = signing(), tmp_path / "key.pem"
    sign.make_keys(key, b"a key for tests")
    kept = key.read_bytes()
    assert key.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        sign.make_keys(key, b"another passphrase")
    assert key.read_bytes() == kept
    with pytest.raises(sign.SigningError, match="at least 8 letters"):
        sign.make_keys(tmp_path / "other.pem", b"short")
    with pytest.raises(sign.SigningError, match="cannot be opened with this passphrase"):
        sign.secret_key(key, b"another passphrase")


def test_the_recipe_for_rpm_is_filled_and_names_what_the_folder_lacks(
    archive: ModuleType, tmp_path: Path
) -> None:
    rpm, deb = importlib.import_module("rpm"), importlib.import_module("deb")
    library = tmp_path / "opt" / "libxcb-cursor.so.0"
    library.parent.mkdir()
    library.write_bytes(b"\x7fELF GLIBC_2.17 GLIBC_2.34 GLIBC_2.4")
    (tmp_path / "opt" / "notes.txt").write_text("GLIBC_2.99")
    assert deb.needed_glibc(tmp_path) == "2.34"
    recipe = rpm.filled(rpm.RECIPE.read_text("utf-8"), tmp_path)
    assert not re.search(r"@[A-Z]+@", recipe)
    needed = re.search(r"^Requires: (.*)$", recipe, re.MULTILINE)
    assert needed
    assert "libc.so.6(GLIBC_2.34)(64bit)" in needed[1]
    assert "libEGL.so.1()(64bit)" in needed[1]
    assert "xcb-cursor" not in needed[1]


@pytest.mark.parametrize("job", ["deb", "rpm", "tar"])
def test_a_package_has_a_job_and_a_target(bootstrap: ModuleType, job: str) -> None:
    assert job in bootstrap.JOBS
    assert bootstrap.EXTRAS[job] == bootstrap.EXTRAS["package"]
    assert re.search(rf"^{job}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
