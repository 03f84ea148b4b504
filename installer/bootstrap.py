r"""Sets the project up on a fresh machine and runs one of its jobs; standard library only.

    python3 installer/bootstrap.py run|test|check|… [arguments…]    (all of them: JOBS, below)

It chooses the newest Python that the project supports, makes or repairs `.venv`, installs the
locked packages of the job (nothing if they are there), installs the system libraries that Qt needs
(with apt as root, else it prints the command), and starts the job.

On Windows: `py installer\bootstrap.py run`. Three variables: `PYTHON` names the interpreter,
`GPU=1` brings the CUDA runtime, and `PIP_NO_INDEX=1` with `PIP_FIND_LINKS=FOLDER` installs from a
folder of wheels without a network.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "installer" / "constraints.txt"
LOG = ROOT / "build" / "set-up.log"
DEMO_STUDY = ROOT / "resources" / "demo" / "nunez-2026-03-18.dcm"

# Newest first. Keep the same range in pyproject.toml; the lock holds for all of them.
PYTHONS = ((3, 14), (3, 13), (3, 12), (3, 11))
NO_PYTHON = "Python 3.11 to 3.14 is needed and none was found. "
# An environment that cannot answer this is made again.
ASK_VERSION = "import pip, sys; print(*sys.version_info[:2])"
# The packages that install the project itself.
BUILDERS = ("pip", "hatchling", "editables")

DEVELOPER_EXTRAS = ("training", "test", "check")
EXTRAS: dict[str, tuple[str, ...]] = {
    "run": (),
    "test": DEVELOPER_EXTRAS,
    "check": DEVELOPER_EXTRAS,
    "soak": DEVELOPER_EXTRAS,
    "bench": DEVELOPER_EXTRAS,
    "train": ("training",),
    "wheels": (),
    "sbom": (),
    "package": ("package",),
    "deb": ("package",),
    "rpm": ("package",),
    "tar": ("package",),
}

# Shared library that Qt's plug-ins load → Debian package that contains it.
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
    "zip": "zip",
}
# The same for tests that only `soak` runs.
SOAK_PROGRAMS = {
    "strace": "strace",
    "java": "default-jre-headless",
}


# Text in pip's output → its meaning in plain words.
PIP_FAILURES = (
    ("DO NOT MATCH THE HASHES", "a package is not the one that was tested, so nothing was used"),
    ("No space left on device", "the disk is full"),
    ("Permission denied", "this folder may not be written"),
    ("Failed to establish a new connection", "the package index cannot be reached"),
    ("Name or service not known", "the package index cannot be reached"),
    ("name resolution", "the package index cannot be reached"),
    ("No matching distribution found", "a package is not in the index or the folder of wheels"),
    ("error: command", "a package must be compiled here, and that failed"),
)


class SetUpError(Exception):
    """Set-up cannot go on; the text is one sentence for the user."""


def main(arguments: list[str]) -> int:
    """Set up, then run the job named first; returns its exit status."""
    if not arguments or arguments[0] not in EXTRAS:
        say(f"usage: bootstrap.py {'|'.join(EXTRAS)} [arguments…]")
        return 2
    job, rest = arguments[0], arguments[1:]
    try:
        interpreter = choose_python(os.environ.get("PYTHON", ""))
        if interpreter is not None:
            return subprocess.run([*interpreter, __file__, *arguments], check=False).returncode
        install_system_packages(missing_system_packages(job))
        make_environment()
        install_packages(EXTRAS[job])
        return JOBS[job](rest)
    except SetUpError as failure:
        say(str(failure))
    except OSError as error:
        say(f"set-up stopped: {error.strerror or error}: {error.filename or ROOT}")
    except KeyboardInterrupt:
        say("stopped as you asked.")
    return 1


def say(line: str) -> None:
    """Print one line for the user."""
    sys.stderr.write(f"negatoscope: {line}\n")
    sys.stderr.flush()


def choose_python(named: str) -> list[str] | None:
    """Command of the interpreter to use instead; None if the running one is right.

    A working environment is kept, even if a newer Python is installed.

    Args:
        named: The interpreter that the user asked for; empty for none.
    """
    if named:
        version = version_of([named])
        if version not in PYTHONS:
            raise SetUpError(f"{NO_PYTHON}PYTHON={named} is not one.")
        return None if version == sys.version_info[:2] else [named]
    kept = version_of([str(python())], ASK_VERSION)
    if kept in PYTHONS:
        return None if kept == sys.version_info[:2] else [str(python())]
    for version in PYTHONS:
        if version == sys.version_info[:2]:
            return None
        for command in commands_for(version):
            if version_of(command) == version:
                return command
    raise SetUpError(NO_PYTHON + how_to_get_python())


def commands_for(version: tuple[int, int]) -> list[list[str]]:
    """Commands that may start this version of Python."""
    number = f"{version[0]}.{version[1]}"
    if os.name == "nt":
        return [["py", f"-{number}"]]
    # The user's own folder: installers put Python there, often before it is on the path.
    folders = os.pathsep.join([os.environ.get("PATH", ""), str(Path.home() / ".local" / "bin")])
    found = (shutil.which(name, path=folders) for name in (f"python{number}", "python3"))
    return [[command] for command in found if command is not None]


def version_of(
    command: list[str], question: str = "import sys; print(*sys.version_info[:2])"
) -> tuple[int, int] | None:
    """Version of the Python that a command starts; None if it starts none."""
    try:
        # Each command is tried: a shim can exist and start nothing.
        answer = subprocess.run(
            [*command, "-c", question], capture_output=True, text=True, check=False, timeout=60
        )
        major, minor = answer.stdout.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def how_to_get_python() -> str:
    """The command that installs a Python on this machine."""
    if os.name == "nt":
        return "This brings one: winget install Python.Python.3.13"
    if sys.platform == "darwin":
        return "This brings one: brew install python@3.13"
    numbers = [f"{major}.{minor}" for major, minor in PYTHONS]
    if shutil.which("apt-cache") is not None:
        for number in numbers:
            shown = subprocess.run(
                ["apt-cache", "show", f"python{number}-venv"], capture_output=True, check=False
            )
            if shown.returncode == 0:
                wanted = f"python{number} python{number}-venv"
                return f"This brings one: sudo apt-get install -y {wanted}"
    if shutil.which("dnf") is not None:
        return "This brings one: sudo dnf install -y python3.12"
    return "This brings one: python3 -m pip install --user uv && python3 -m uv python install 3.13"


def missing_system_packages(job: str) -> list[str]:
    """Debian packages that the job needs and that are missing."""
    if sys.platform != "linux":
        return []
    missing = [
        package
        for library, package in QT_LIBRARIES.items()
        if job not in {"train"} and ctypes.util.find_library(library) is None
    ]
    if job in {"test", "soak"}:
        programs = TEST_PROGRAMS | (SOAK_PROGRAMS if job == "soak" else {})
        missing += [p for program, p in programs.items() if shutil.which(program) is None]
    if importlib.util.find_spec("ensurepip") is None:
        missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    return missing


def install_system_packages(packages: list[str]) -> None:
    """Install with apt as root; otherwise print the command and go on."""
    if not packages:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        say(f"system packages are missing; please type: sudo {' '.join(command)}")
        return
    say(f"installing system packages: {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Old lists may be good enough, so the first step may fail.
    for step in (["apt-get", "update", "-qq"], [*command, "-qq"]):
        done = subprocess.run(step, check=False, env=environment, capture_output=True, text=True)
        keep_log(step, done.stdout + done.stderr)
    if done.returncode != 0:
        reasons = [line[2:].strip() for line in done.stderr.splitlines() if line[:2] == "E:"]
        why = reasons[0] if reasons else f"apt-get ended with {done.returncode}"
        say(f"system packages could not be installed: {why}")
        say(f"once that is put right, type: {' '.join(command)}")


def make_environment() -> None:
    """Make `.venv`, also if it is broken or belongs to another Python."""
    found = version_of([str(python())], ASK_VERSION)
    if found == sys.version_info[:2]:
        return
    say("making .venv" if not VENV.exists() else "repairing .venv, which cannot be used as it is")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode != 0:
        keep_log(command, made.stdout + made.stderr)
        number = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetUpError(
            f".venv could not be made with Python {number}; on Debian and Ubuntu it needs the "
            f"package python{number}-venv. {LOG} has the details."
        )


def python() -> Path:
    """The environment's interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install_packages(extras: tuple[str, ...]) -> None:
    """Install the locked packages, once for each state of the lock and of pyproject.toml."""
    wanted = (wanted_runtime(), *extras)
    stamp = VENV / f".installed-{'-'.join(wanted)}"
    state = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == state:
        return
    say(f"installing packages for: {', '.join(wanted)} (a few minutes the first time)")
    # pip checks every file against its hash. The project itself has none and is installed alone.
    renew_pip()
    pip("install", "-c", str(LOCK), *BUILDERS, *requirements(wanted))
    pip("install", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    stamp.write_text(state)


def renew_pip() -> None:
    """Update pip to the locked version: older ones take no hashes from a constraints file."""
    pinned = re.search(r"^pip==.*(?:\n +--hash=.*)+", LOCK.read_text("utf-8"), re.MULTILINE)
    if pinned is None:
        raise SetUpError(f"{LOCK} is damaged: take it from the repository again.")
    wanted = LOG.parent / "pip.txt"
    wanted.parent.mkdir(exist_ok=True)
    wanted.write_text(pinned[0] + "\n", encoding="utf-8")
    pip("install", "-r", str(wanted))


def requirements(extras: tuple[str, ...]) -> list[str]:
    """Requirements of the project and of some of its extras."""
    import tomllib  # noqa: PLC0415 - older Pythons must be able to start this file

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project["optional-dependencies"]
    return [*project["dependencies"], *(line for extra in extras for line in optional[extra])]


def wanted_runtime() -> str:
    """Extra with the model's runtime: the GPU one only if it was asked for."""
    has_gpu = any(VENV.glob(".installed-gpu*"))
    if os.environ.get("GPU") != "1" or has_gpu:
        return "gpu" if has_gpu else "cpu"
    say("GPU=1: the CUDA runtime is a download of well over 1 GB")
    # Both runtimes install into the same folder.
    pip("uninstall", "-y", "onnxruntime")
    for stamp in VENV.glob(".installed-cpu*"):
        stamp.unlink()
    return "gpu"


def pip(*arguments: str) -> None:
    """Run pip in the environment; raises `SetUpError` that says what went wrong."""
    command = [str(python()), "-m", "pip", *arguments, "-q", "--disable-pip-version-check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        return
    keep_log(command, done.stdout + done.stderr)
    known = (meaning for words, meaning in PIP_FAILURES if words in done.stderr)
    why = next(known, "pip could not say why in one line")
    raise SetUpError(f"packages could not be installed: {why}. {LOG} has the details.")


def keep_log(command: list[str], output: str) -> None:
    """Append a step's output to the log."""
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n{output}\n")


def has_display() -> bool:
    """Whether a window can be shown."""
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def call(*command: str) -> int:
    """Run a module of the environment in the project's root."""
    return subprocess.run([str(python()), *command], cwd=ROOT, check=False).returncode


def run(arguments: list[str]) -> int:
    """Start the viewer on the demo studies; without a display, draft one and write its PDF."""
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
    """Run the tests that every change must pass; all together must run most lines.

    With arguments, which are passed to pytest, no lines are counted.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    covered = () if arguments else COVERED
    return call("-m", "pytest", "-m", "not slow", *IN_PARALLEL, *covered, *arguments)


def soak(arguments: list[str]) -> int:
    """Run all tests, long ones as often as their requirement says, then print the figures.

    With arguments, which are passed to pytest, the 200,000 reports are left out.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    figures = ROOT / "build" / "soak-figures.jsonl"
    figures.parent.mkdir(exist_ok=True)
    figures.write_text("")
    os.environ["NEGATOSCOPE_SOAK_FIGURES"] = str(figures)
    status = call("-m", "pytest", *arguments)
    found = sorted(
        map(json.loads, figures.read_text().splitlines()), key=lambda f: f["requirement"]
    )
    for one in found:
        print(f"{one['requirement']}  {one['figure']}")  # noqa: T201 - this is its result
    if not arguments:
        status = call("-m", "benchmarks.many_reports", "200000") or status
    return status


def check(_arguments: list[str]) -> int:
    """Check lint, format, types, import contracts and sizes."""
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
    """Measure every figure of the performance page, as medians and ratios."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return call("-m", "benchmarks")


def train(arguments: list[str]) -> int:
    """Run the training command line."""
    return call("-m", "training.cli", *(arguments or ["--help"]))


def wheels(_arguments: list[str]) -> int:
    """Download every file that `run` needs, for a machine without a network."""
    folder = ROOT / "build" / "wheels"
    wanted = [*BUILDERS, *requirements(("cpu",))]
    pip("download", "-d", str(folder), "-c", str(LOCK), *wanted)
    say(f"with this Python and system, `run` installs from {folder} alone:")
    say(f"PIP_NO_INDEX=1 PIP_FIND_LINKS={folder} make run")
    return 0


def sbom(_arguments: list[str]) -> int:
    """Write the bill of materials of what `run` installs, and what is known of its parts."""
    return call("installer/bill.py")


def package(_arguments: list[str]) -> int:
    """Freeze the application and run it headless on a demo study."""
    return call("installer/freeze.py")


def deb(_arguments: list[str]) -> int:
    """The frozen folder as a Debian package."""
    return call("installer/freeze.py", "--if-changed") or call("installer/deb.py")


def rpm(_arguments: list[str]) -> int:
    """The frozen folder as a package for Fedora, Red Hat and SUSE."""
    return call("installer/freeze.py", "--if-changed") or call("installer/rpm.py")


def tar(_arguments: list[str]) -> int:
    """The frozen folder as an archive that takes signed updates."""
    return call("installer/freeze.py", "--if-changed") or call("installer/archive.py")


# A file's tests stay together: they share a window or a model. One process more than there are
# processors, for many tests wait for a process that they kill, and the files in the order of their
# names, for by their number of tests the longest would come last.
PROCESSES = str((os.cpu_count() or 1) + 1)
IN_PARALLEL = ("-n", PROCESSES, "--dist", "loadfile", "--no-loadscope-reorder")
# Counts lines that tests run in their own process; lines run in workers are not counted.
COVERED = ("--cov=engine", "--cov=viewer", "--cov-report=", "--cov-fail-under=90")

JOBS = {
    "run": run,
    "test": test,
    "check": check,
    "soak": soak,
    "bench": bench,
    "train": train,
    "wheels": wheels,
    "sbom": sbom,
    "package": package,
    "deb": deb,
    "rpm": rpm,
    "tar": tar,
}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
