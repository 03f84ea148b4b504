"""`make package`: freezes the application and runs it headless on a demo study.

The result is `dist/negatoscope`, a folder with one program. The trial run drafts a demo study
without access to the source tree or the environment.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import bill
import stand_ins

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "dist" / "negatoscope" / ("negatoscope.exe" if os.name == "nt" else "negatoscope")
# Which sources the folder was made of.
MADE_OF = ROOT / "build" / "frozen-of.txt"
LARGE = 100_000
DEMO_STUDY = ROOT / "resources" / "demo" / "nunez-2026-03-18.dcm"


def main(arguments: list[str]) -> int:
    """Freeze, try, and print size and draft; `--if-changed` keeps a folder of the same sources."""
    state = state_of_sources()
    is_made = PROGRAM.exists() and MADE_OF.exists() and MADE_OF.read_text("utf-8") == state
    if is_made and "--if-changed" in arguments:
        print(f"frozen: {PROGRAM.parent} is of the same sources")  # noqa: T201
        return 0
    MADE_OF.unlink(missing_ok=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    # A fixed hash seed and date make two builds of one commit byte-identical.
    environment = {**os.environ, "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": commit_time()}
    folders = ["--distpath", str(ROOT / "dist"), "--workpath", str(ROOT / "build" / "pyinstaller")]
    subprocess.run(
        [*command, *folders, str(ROOT / "installer" / "negatoscope.spec")],
        check=True,
        cwd=ROOT,
        env=environment,
    )
    strip_libraries()
    saved = stand_ins.thin_out(PROGRAM.parent / "_internal")
    print(f"left out of OpenCV and ICU: {saved / 1e6:.0f} MB")  # noqa: T201
    sources = json.loads((ROOT / "build" / "frozen-sources.json").read_text("utf-8"))
    moment = datetime.fromtimestamp(int(commit_time()), UTC).isoformat()
    parts = bill.write(PROGRAM.parent, sources, moment)
    print(f"parts: {len(parts)}, listed in {bill.BILL}, their licences in {bill.LICENCES}")  # noqa: T201
    size = sum(path.lstat().st_size for path in PROGRAM.parent.rglob("*")) / 1e6
    print(f"frozen: {PROGRAM.parent} ({size:.0f} MB)")  # noqa: T201
    draft = try_frozen()
    print(json.dumps(draft, ensure_ascii=False, indent=2))  # noqa: T201
    MADE_OF.write_text(state, encoding="utf-8")
    return 0


def state_of_sources() -> str:
    """A hash that changes with the commit and with every file that was changed after it."""
    parts = [commit_time().encode()]
    for command in (["rev-parse", "HEAD"], ["status", "--porcelain"], ["diff", "HEAD"]):
        shown = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, check=True)
        parts.append(shown.stdout)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def strip_libraries() -> None:
    """Take symbols for debuggers out of the libraries.

    Those in folders named `*.libs` were laid out by a tool after the linker and would break.
    """
    strip = shutil.which("strip")
    if strip is None:
        return
    for path in PROGRAM.parent.rglob("*.so*"):
        is_laid_out = any(part.endswith(".libs") for part in path.parts)
        if is_laid_out or path.is_symlink() or path.stat().st_size < LARGE:
            continue
        subprocess.run([strip, "--strip-unneeded", str(path)], check=True)


def try_frozen() -> dict[str, object]:
    """Read every demo film and draft one study with the frozen program alone."""
    with tempfile.TemporaryDirectory() as folder:
        films = sorted(str(path) for path in DEMO_STUDY.parent.glob("*.dcm"))
        for line in _frozen(folder, "inspect", "--json", *films).splitlines():
            film = json.loads(line)
            print(f"read: {Path(film['path']).name} {film['transfer_syntax']}")  # noqa: T201
        pdf = Path(folder) / "draft.pdf"
        arguments = [str(DEMO_STUDY), "--demo", "--json", "--pdf", str(pdf)]
        draft: dict[str, object] = json.loads(_frozen(folder, "draft", *arguments))
        if not pdf.read_bytes().startswith(b"%PDF"):
            raise SystemExit("The frozen program wrote no PDF.")
    return draft


def _frozen(folder: str, *arguments: str) -> str:
    """Run the frozen program without access to this checkout; returns its standard output."""
    environment = {"PATH": os.environ["PATH"], "NEGATOSCOPE_HOME": folder, "LANG": "C.UTF-8"}
    finished = subprocess.run(
        [str(PROGRAM), *arguments], cwd=folder, env=environment, stdout=subprocess.PIPE, check=True
    )
    return finished.stdout.decode()


def commit_time() -> str:
    """Unix time of the commit that is built."""
    shown = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return shown.stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
