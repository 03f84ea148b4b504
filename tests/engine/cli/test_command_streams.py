"""What the command prints: names of any bytes, closed streams, and sentences for every failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from testkit.command_line import CommandLine
from testkit.dicom_files import chest_like, write_film

if sys.platform == "win32":
    pytest.skip("these names and streams are those of POSIX", allow_module_level=True)


def _film(path: Path) -> Path:
    return write_film(path, chest_like(16, 16))


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    return folder


@pytest.fixture
def here(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home")


@pytest.mark.parametrize("locale", ["C.UTF-8", "POSIX"])
def test_any_name_of_a_file_is_one_line_of_json(
    here: CommandLine, films: Path, locale: str
) -> None:
    names = [b"caf\xe9", "película-日本".encode(), b"two\nlines"]
    for name in names:
        _film(Path(os.fsdecode(os.fsencode(films) + b"/" + name)))
    environment = {**here.environment(), "LC_ALL": locale, "PYTHONUTF8": "0"}
    result = here.run("inspect", "--json", films, env=environment)
    lines = result.stdout.decode("utf-8", "strict").splitlines()
    found = {os.path.basename(os.fsencode(json.loads(line)["path"])) for line in lines}  # noqa: PTH119
    assert found == set(names)
    assert (result.returncode, result.stderr) == (0, b"")


def test_a_name_cannot_forge_a_line_of_text(here: CommandLine, films: Path) -> None:
    _film(films / "x\n\x1b[2Jfake.dcm")
    result = here.run("inspect", films)
    assert len(result.stdout.splitlines()) == 1
    assert b"\x1b" not in result.stdout


def test_a_reader_that_goes_away_is_no_error_to_tell(here: CommandLine, films: Path) -> None:
    _film(films / "0.dcm")
    for number in range(1, 60):
        os.link(films / "0.dcm", films / f"{number}.dcm")
    process = subprocess.Popen(
        here.command("inspect", films),
        env=here.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    _, complaint = process.communicate(timeout=60)
    assert complaint == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_behind_the_output_is_a_sentence(here: CommandLine, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        result = here.run(
            "inspect", _film(tmp_path / "film.dcm"), stdout=full, stderr=subprocess.PIPE
        )
    assert result.returncode == 1
    assert result.stderr == b"The results could not be written.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_log_on_a_full_disk_is_not_complained_about(here: CommandLine, tmp_path: Path) -> None:
    (here.home / "logs").mkdir(parents=True)
    (here.home / "logs" / "cli.log").symlink_to("/dev/full")
    result = here.run("verify-model", tmp_path)
    assert (result.returncode, result.stderr.count(b"\n")) == (1, 1)
    assert b"Traceback" not in result.stderr


def test_closed_streams_are_no_failure(here: CommandLine, tmp_path: Path) -> None:
    film = _film(tmp_path / "film.dcm")
    words = ["sh", "-c", 'exec "$@" >&- 2>&- <&-', "sh", *here.command("inspect", "--json", film)]
    assert subprocess.run(words, env=here.environment(), check=False).returncode == 0


def test_a_missing_file_and_a_folder_that_is_too_deep_are_sentences(
    here: CommandLine, films: Path, request: pytest.FixtureRequest
) -> None:
    # pytest's own removal of old folders is recursive.
    request.addfinalizer(lambda: subprocess.run(["rm", "-rf", films], check=True))
    folder = os.open(films, os.O_RDONLY)
    for _ in range(1300):
        os.mkdir("deep", dir_fd=folder)
        below = os.open("deep", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    result = here.run("inspect", "--json", films, films / "absent.dcm")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.returncode, result.stderr) == (1, b"")
    assert [fact["error"] for fact in found] == [
        "The file cannot be found or opened.",
        "The file cannot be found or opened.",
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["reports", "list", "--search", os.fsdecode(b"\xff")], 2, "UTF-8"),
        (["verify-model", "/nowhere"], 1, "no model"),
        (["draft"], 2, "required"),
    ],
)
def test_wrong_use_is_a_sentence(
    here: CommandLine, arguments: list[str], status: int, words: str
) -> None:
    run = here.run if arguments[0] == "verify-model" else here.work
    result = run(*arguments)
    assert result.returncode == status
    assert result.stdout == b""
    assert words in result.stderr.decode()
    assert b"Traceback" not in result.stderr
