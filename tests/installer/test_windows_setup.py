"""The set-up script for Windows, which cannot be run here, read against what it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "installer" / "windows"
SCRIPT = (FOLDER / "negatoscope.iss").read_text("utf-8")
SPEC = (ROOT / "installer" / "negatoscope.spec").read_text("utf-8")
# Of Inno Setup 6.3's manual.
PARAMETERS = {
    "Tasks": {"Name", "Description", "Flags"},
    "InstallDelete": {"Type", "Name"},
    "Files": {"Source", "DestDir", "Flags"},
    "Icons": {"Name", "Filename", "WorkingDir", "Tasks"},
    "Registry": {*("Root", "Subkey", "ValueType", "ValueName"), *("ValueData", "Flags", "Tasks")},
    "Run": {"Filename", "Parameters", "Description", "Flags"},
}
FLAGS = {
    *("unchecked", "ignoreversion", "recursesubdirs", "createallsubdirs", "uninsdeletekey"),
    *("uninsdeletevalue", "nowait", "postinstall", "skipifsilent"),
}
CONSTANTS = {"app", "autopf", "autoprograms", "autodesktop"}
DEFINED = {"Version", *re.findall(r"^#define (\w+) ", SCRIPT, re.MULTILINE)}


def sections() -> dict[str, list[str]]:
    """Lines of each section, without comments and the preprocessor's."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in SCRIPT.splitlines():
        if header := re.fullmatch(r"\[(\w+)\]", line):
            name = header[1]
        elif line.strip() and not line.startswith((";", "#", "  #")):
            found.setdefault(name, []).append(line)
    return found


def settings() -> dict[str, str]:
    return dict(line.split("=", 1) for line in sections()["Setup"])


def entries(section: str) -> Iterator[dict[str, str]]:
    """The lines of a section as parameters."""
    for line in sections()[section]:
        pairs = re.findall(r'(\w+): ("(?:[^"]|"")*"|[^";]+)(?:; |$)', line)
        assert "; ".join(f"{name}: {value}" for name, value in pairs) == line
        yield {
            name: value[1:-1].replace('""', '"') if value[0] == '"' else value
            for name, value in pairs
        }


def test_every_line_has_known_parameters_flags_and_names() -> None:
    assert sections().keys() == {"Setup", "Code", *PARAMETERS}
    tasks = {entry["Name"] for entry in entries("Tasks")}
    for section, known in PARAMETERS.items():
        for entry in entries(section):
            assert entry.keys() <= known
            assert set(entry.get("Flags", "").split()) <= FLAGS
            assert {entry["Tasks"]} <= tasks if "Tasks" in entry else True
    used = set(re.findall(r"\{#(\w+)\}", SCRIPT))
    assert used <= DEFINED
    plain = re.sub(r"\{#\w+\}|\{\{?[0-9A-F-]{36}\}", "", SCRIPT)
    assert set(re.findall(r"\{(\w+)\}", plain)) <= CONSTANTS


def test_the_menu_starts_the_program_without_a_console_and_a_terminal_the_other() -> None:
    built = dict(re.findall(r'program\("([\w-]+)", console=(True|False)\)', SPEC))
    assert built == {"negatoscope": "True", "negatoscope-viewer": "False"}
    assert '#define Viewer "negatoscope-viewer.exe"' in SCRIPT
    assert '#define Console "negatoscope.exe"' in SCRIPT
    opened = [*entries("Icons"), *entries("Run")]
    assert {entry["Filename"] for entry in opened} == {r"{app}\{#Viewer}"}
    keys = {entry["Subkey"]: entry["ValueData"] for entry in entries("Registry")}
    command = keys[r"Software\Classes\Negatoscope.dcm\shell\open\command"]
    assert command == r'"{app}\{#Viewer}" "%1"'
    assert any(key.endswith(r"App Paths\{#Console}") for key in keys)


def test_what_it_takes_along_is_there_and_users_keep_what_is_theirs() -> None:
    named = settings()
    for name in ("LicenseFile", "SetupIconFile"):
        assert (FOLDER / named[name].replace("\\", "/")).is_file(), name
    assert (FOLDER / "negatoscope.ico").read_bytes()[:4] == b"\0\0\1\0"
    frozen = re.search(r'^#define Frozen "(.+)"$', SCRIPT, re.MULTILINE)
    assert frozen
    assert (FOLDER / frozen[1].replace("\\", "/")).resolve() == ROOT / "dist" / "negatoscope"
    deleted = [entry["Name"] for entry in entries("InstallDelete")]
    assert all(re.fullmatch(r"\{app\}\\\w+", name) for name in deleted)
    assert "UninstallDelete" not in SCRIPT


def test_one_identity_and_never_an_older_version() -> None:
    named = settings()
    identity = named["AppId"].removeprefix("{")
    assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", identity)
    code = "\n".join(sections()["Code"])
    # Where Inno Setup keeps the version that is there.
    assert rf"\Uninstall\{identity}_is1'" in code
    assert re.search(r"ComparePackedVersion\(New, Old\) < 0 then\s+begin", code)
    assert code.count("begin") == len(re.findall(r"\bend;", code))
    assert named["PrivilegesRequired"] == "lowest"
