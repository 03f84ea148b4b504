r"""Sets the project up on a fresh machine and runs one of its jobs; standard library only.

    python3.11 installer/bootstrap.py run|test|check|soak|bench|train|package [arguments…]

It makes `.venv`, installs the locked packages that the job needs (nothing when they are there),
installs the system libraries that Qt wants (with apt when root, else it prints the one line to
type), and starts the job. On Windows: `py installer\bootstrap.py run`.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "installer" / "constraints.txt"
DEMO_STUDY = ROOT / "resources" / "demo" / "nunez-2026-03-18.dcm"

DEVELOPER_EXTRAS = ("training", "test", "check")
EXTRAS: dict[str, tuple[str, ...]] = {
    "run": (),
    "test": DEVELOPER_EXTRAS,
    "check": DEVELOPER_EXTRAS,
    "soak": DEVELOPER_EXTRAS,
    "bench": DEVELOPER_EXTRAS,
    "train": ("training",),
    "package": ("package",),
}

# Shared library that Qt's plug-ins load → Debian package that brings it.
QT_LIBRARIES = {
    "EGL": "libegl1",
    "GL": "libgl1",
    "xkbcommon": "libxkbcommon0",
    "xkbcommon-x11": "libxkbcommon-x11-0",
    "dbus-1": "libdbus-1-3",
    "fontconfig": "libfontconfig1",
    "glib-2.0": "libglib2.0-0",
    "xcb-cursor": "libxcb-cursor0",
    "xcb-icccm": "libxcb-icccm4",
    "xcb-image": "libxcb-image0",
    "xcb-keysyms": "libxcb-keysyms1",
    "xcb-randr": "libxcb-randr0",
    "xcb-render-util": "libxcb-render-util0",
    "xcb-shape": "libxcb-shape0",
    "xcb-xkb": "libxcb-xkb1",
}
# Program that tests check documents with → Debian package.
TEST_PROGRAMS = {
    "pdftotext": "poppler-utils",
    "dciodvfy": "dicom3tools",
    "dcmp2pgm": "dcmtk",
}


def main(arguments: list[str]) -> int:
    """Set up, then run the job named first; returns its exit status."""
    if not arguments or arguments[0] not in EXTRAS:
        say(f"usage: bootstrap.py {'|'.join(EXTRAS)} [arguments…]")
        return 2
    job, rest = arguments[0], arguments[1:]
    if sys.version_info[:2] != (3, 11):
        say(f"Python 3.11 is needed; this is {sys.version.split()[0]}. Try: PYTHON=python3.11")
        return 1
    install_system_packages(missing_system_packages(job))
    make_environment()
    install_packages(EXTRAS[job])
    return JOBS[job](rest)


def say(line: str) -> None:
    """Print one line for the person who waits."""
    sys.stderr.write(f"negatoscope: {line}\n")
    sys.stderr.flush()


def missing_system_packages(job: str) -> list[str]:
    """Debian packages that the job needs and this machine has not."""
    if sys.platform != "linux":
        return []
    missing = [
        package
        for library, package in QT_LIBRARIES.items()
        if job not in {"train"} and ctypes.util.find_library(library) is None
    ]
    if job in {"test", "soak"}:
        missing += [p for program, p in TEST_PROGRAMS.items() if shutil.which(program) is None]
    if importlib.util.find_spec("ensurepip") is None:
        missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    return missing


def install_system_packages(packages: list[str]) -> None:
    """Install with apt when root; otherwise say the one line that does it and go on."""
    if not packages:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        say(f"system packages are missing; please type: sudo {' '.join(command)}")
        return
    say(f"installing system packages: {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "-qq"], [*command, "-qq"]):
        subprocess.run(step, check=True, env=environment, stdout=subprocess.DEVNULL)


def make_environment() -> None:
    """Create `.venv` if it is not there."""
    if not python().exists():
        say("making .venv")
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def python() -> Path:
    """The environment's interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install_packages(extras: tuple[str, ...]) -> None:
    """Install the locked packages, once for each state of the lock and of pyproject.toml."""
    runtime = "gpu" if has_nvidia_gpu() else "cpu"
    wanted = (runtime, *extras)
    stamp = VENV / f".installed-{'-'.join(wanted)}"
    state = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == state:
        return
    say(f"installing packages for: {', '.join(wanted)} (a few minutes the first time)")
    pip("install", "hatchling", "editables")
    pip("install", "--no-build-isolation", "-e", f"{ROOT}[{','.join(wanted)}]")
    stamp.write_text(state)


def has_nvidia_gpu() -> bool:
    """Whether the NVIDIA driver sees a GPU."""
    if shutil.which("nvidia-smi") is None:
        return False
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    return listed.returncode == 0 and "GPU 0" in listed.stdout


def pip(*arguments: str) -> None:
    """Run pip in the environment, held to the lock."""
    command = [str(python()), "-m", "pip", *arguments, "-q", "-c", str(LOCK)]
    subprocess.run([*command, "--disable-pip-version-check"], check=True)


def has_display() -> bool:
    """Whether a window can be shown."""
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def call(*command: str) -> int:
    """Run a program of the environment in the project's root."""
    return subprocess.run([str(python()), *command], cwd=ROOT, check=False).returncode


def run(arguments: list[str]) -> int:
    """The viewer on the demo studies; without a display, a headless draft and its PDF."""
    if has_display():
        return call("-m", "viewer.main", *(arguments or ["--demo"]))
    say("no display: drafting a demo study without a window")
    out = ROOT / "build" / "demo-draft.pdf"
    out.parent.mkdir(exist_ok=True)
    status = call("-m", "engine", "draft", str(DEMO_STUDY), "--demo", "--pdf", str(out))
    if status == 0:
        say(f"the draft is in {out}")
    return status


def test(arguments: list[str]) -> int:
    """The tests that every change must pass."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return call("-m", "pytest", "-m", "not slow", *arguments)


def soak(arguments: list[str]) -> int:
    """All tests, the long fault injection included."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return call("-m", "pytest", *arguments)


def check(_arguments: list[str]) -> int:
    """Lint, format, types, import contracts, sizes."""
    lint_imports = "from importlinter.cli import lint_imports_command as run; run()"
    steps = (
        ("ruff", ["-m", "ruff", "check", "."]),
        ("format", ["-m", "ruff", "format", "--check", "."]),
        ("types", ["-m", "mypy"]),
        ("imports", ["-c", lint_imports]),
        ("sizes", ["-m", "pytest", "-q", "tests/architecture"]),
    )
    failed = [name for name, command in steps if call(*command) != 0]
    say(f"check failed: {', '.join(failed)}" if failed else "check passed")
    return 1 if failed else 0


def bench(_arguments: list[str]) -> int:
    """Every figure of the performance page, as medians and ratios."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return call("-m", "benchmarks")


def train(arguments: list[str]) -> int:
    """The training command line."""
    return call("-m", "training.cli", *(arguments or ["--help"]))


def package(_arguments: list[str]) -> int:
    """Freeze the application and run it headless on a demo study."""
    return call("installer/build.py")


JOBS = {
    "run": run,
    "test": test,
    "check": check,
    "soak": soak,
    "bench": bench,
    "train": train,
    "package": package,
}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
