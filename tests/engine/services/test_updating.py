"""Updates without a network (R57): only what is signed, whole and newer, and never half of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from testkit.updates import content, frozen_folder, installed, signing

from engine.cli.main import main
from engine.domain.update import UpdateFile, UpdateManifest
from engine.errors import UpdateError
from engine.paths import HOME_VARIABLE
from engine.services import update_file, updating
from engine.services.update_file import read_update, unpack

pytestmark = pytest.mark.skipif(os.name == "nt", reason="on Windows the set-up program updates")
PASSPHRASE = b"a key for tests"
Made = Callable[..., Path]


@pytest.fixture(scope="module")
def sign() -> ModuleType:
    return signing()


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: ModuleType) -> Path:
    """Folder of the public keys that the program knows: one."""
    folder = tmp_path / "keys"
    folder.mkdir()
    public, _mark = sign.make_keys(tmp_path / "key.pem", PASSPHRASE)
    public.rename(folder / public.name)
    monkeypatch.setattr(update_file, "update_key_folders", lambda: (folder,))
    return folder


@pytest.fixture
def made(tmp_path: Path, keys: Path, sign: ModuleType) -> Made:
    """Makes the signed update of a version."""

    def make(version: str = "0.2.0", told: str | None = None) -> Path:
        folder = frozen_folder(tmp_path / f"new-{version}" / "negatoscope", version, told)
        return sign.sign(folder, sign.secret_key(tmp_path / "key.pem", PASSPHRASE))

    return make


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program of an installation of 0.1.0, as which the command line runs."""
    path = installed(tmp_path / "installed", "0.1.0")
    monkeypatch.setattr(sys, "executable", str(path))
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return path


def starts(program: Path) -> str:
    told = subprocess.run([program], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def refused(update: Path, program: Path) -> str:
    """The sentence of an update that must change nothing."""
    place = updating.installation_of(program)
    before = content(program.parent)
    assert place
    with pytest.raises(UpdateError) as raised:
        updating.install_update(update, place)
    assert content(program.parent) == before
    return raised.value.message


def test_r57_a_signed_newer_version_starts_and_the_former_is_kept(
    made: Made, program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frozen_folder(program.parent / "versions" / "0.0.9", "0.0.9")
    update = made()
    assert main(["update", "--from", str(update), "--check"]) == 0
    assert capsys.readouterr().out.startswith("Genuine: version 0.2.0, signed with ")
    assert starts(program) == "Negatoscope 0.1.0"
    assert main(["update", "--from", str(update)]) == 0
    assert starts(program) == "Negatoscope 0.2.0"
    assert capsys.readouterr().out == (
        "Version 0.2.0 starts from now on; 0.1.0 is kept beside it.\n"
    )
    new = program.parent / "versions" / "0.2.0"
    assert content(new) == content(update.parent / "negatoscope")
    assert os.access(new / "negatoscope", os.X_OK)
    assert main(["update", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["former"]) == ("0.2.0", ["0.1.0"])


def test_r57_killed_before_each_change_the_old_or_the_new_version_starts(
    made: Made, keys: Path, tmp_path: Path
) -> None:
    work = tmp_path / "killed"
    command = [sys.executable, "-m", "testkit.killed_updates", str(work), str(made()), str(keys)]
    support = Path(__file__).resolve().parents[2] / "support"
    environment = os.environ | {"PYTHONPATH": f"{support}{os.pathsep}{support.parents[1]}"}
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    steps = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(steps) > 20
    for number, (first, linked, is_whole, again, _left) in enumerate(steps):
        assert (first, is_whole, again) == (linked, True, "0.2.0"), f"killed before change {number}"
    assert {step[0] for step in steps} == {"0.1.0", "0.2.0"}
    # Not killed, it tidies up; 0.0.9 was older than the former one.
    assert steps[-1][-1] == ["0.1.0", "0.2.0"]


def test_r57_each_changed_byte_and_each_cut_is_refused(
    made: Made, keys: Path, tmp_path: Path
) -> None:
    whole = made().read_bytes()
    known = update_file.known_keys()
    bad = tmp_path / "bad.update"
    for position in range(0, len(whole), 3):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << position % 8
        for content_ in (bytes(flipped), whole[:position]):
            bad.write_bytes(content_)
            with pytest.raises(UpdateError):
                read_update(bad, known)
    bad.write_bytes(whole + b"\0")
    with pytest.raises(UpdateError, match="cut short or damaged"):
        read_update(bad, known)


def test_r57_what_no_known_key_signed_is_refused(
    made: Made, keys: Path, program: Path, tmp_path: Path, sign: ModuleType
) -> None:
    update = made()
    (keys / "key.public.pem").rename(tmp_path / "away.pem")
    assert "knows no key" in refused(update, program)
    public, _mark = sign.make_keys(tmp_path / "forger.pem", PASSPHRASE)
    public.rename(keys / public.name)
    assert "not signed with a key that this program knows" in refused(update, program)
    (keys / "broken.pem").write_text("no key")
    assert "not signed with a key that this program knows" in refused(update, program)
    assert refused(Path(__file__), program) == "This file is not an update of Negatoscope."


def test_r57_an_older_or_the_same_version_is_refused(made: Made, program: Path) -> None:
    assert refused(made("0.0.9"), program) == (
        "The update has version 0.0.9, which is older than 0.1.0; an older version is never put in."
    )
    assert refused(made("0.1.0"), program) == "Version 0.1.0 is there already."


def test_a_version_that_does_not_start_here_is_not_switched_to(made: Made, program: Path) -> None:
    assert "does not start on this computer" in refused(made(told="9.9.9"), program)


def test_bytes_exchanged_after_the_check_are_not_unpacked(
    made: Made, keys: Path, tmp_path: Path
) -> None:
    update = made()
    checked = read_update(update, update_file.known_keys())
    first, *others = checked.manifest.files
    lied = replace(checked.manifest, files=(replace(first, sha256="0" * 64), *others))
    with pytest.raises(UpdateError, match="cut short or damaged"):
        list(unpack(replace(checked, manifest=lied), tmp_path / "unpacked"))


def test_without_room_or_on_another_system_nothing_is_written(
    made: Made, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = made()
    with monkeypatch.context() as patched:
        patched.setattr(update_file.shutil, "disk_usage", lambda _f: type("", (), {"free": 9}))
        assert "There is no room" in refused(update, program)
    monkeypatch.setattr(update_file, "this_platform", lambda: "win32-arm64")
    assert "this computer is win32-arm64" in refused(update, program)


def test_two_updates_at_once_do_not_meet(made: Made, program: Path) -> None:
    update = made()
    with updating._alone(program.parent):
        assert refused(update, program) == "Another update is running."


def test_a_program_installed_in_another_way_says_so(
    made: Made, program: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", str(program.parent / "versions/0.1.0/negatoscope"))
    assert main(["update"]) == 0
    assert str(program.parent) in capsys.readouterr().out
    (program.parent / "current").unlink()
    assert main(["update", "--from", str(made("9.0.0"))]) == 1
    assert "it was installed in another way" in capsys.readouterr().err


@pytest.mark.parametrize(
    "names",
    [
        ("../out",),
        ("/etc/out",),
        ("a/../../out",),
        ("a\\out",),
        ("C:out",),
        ("one", "ONE"),
        ("",),
        (),
    ],
)
def test_a_manifest_whose_names_lead_out_is_not_sound(names: tuple[str, ...]) -> None:
    files = tuple(UpdateFile(name=name, size=1, sha256="0" * 64) for name in names)
    assert not manifest(*files).is_sound


@pytest.mark.parametrize("link", ["/etc/passwd", "../../out", "missing", "../one/../../one"])
def test_a_link_leads_to_a_file_of_the_update_only(link: str) -> None:
    one = UpdateFile(name="one", size=1, sha256="0" * 64)
    assert manifest(one, UpdateFile(name="a/link", link="../one")).is_sound
    assert not manifest(one, UpdateFile(name="a/link", link=link)).is_sound
    assert not manifest(
        one, UpdateFile(name="a", link="one"), replace(one, name="a/behind")
    ).is_sound


def manifest(*files: UpdateFile) -> UpdateManifest:
    return UpdateManifest(
        product="negatoscope",
        version="0.2.0",
        platform="linux-x86_64",
        packed_size=1,
        packed_sha256="0" * 64,
        files=files,
    )
