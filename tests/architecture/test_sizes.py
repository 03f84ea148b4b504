"""The house style that a linter does not know: sizes, docstrings, and what may not be committed."""

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 50
BANNED_WORDS = ("Manager", "Helper", "Utils")


def tracked(*suffixes):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if line.endswith(suffixes)]


MODULES = [path for path in tracked(".py") if path.exists()]
SOURCES = [p for p in MODULES if p.relative_to(ROOT).parts[0] in {"engine", "viewer", "training"}]


def definitions(path, kinds):
    return [
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kinds)
    ]


def test_modules_and_functions_stay_small():
    too_long = []
    for path in MODULES:
        name = path.relative_to(ROOT)
        if (lines := len(path.read_text("utf-8").splitlines())) > MAX_MODULE_LINES:
            too_long.append(f"{name}: {lines} lines")
        too_long.extend(
            f"{name}:{function.lineno} {function.name}: {length} lines"
            for function in definitions(path, (ast.FunctionDef, ast.AsyncFunctionDef))
            if (length := function.end_lineno - function.lineno + 1) > MAX_FUNCTION_LINES
        )
    assert not too_long


def test_no_class_is_called_manager_helper_or_utils():
    named = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in SOURCES
        for node in definitions(path, ast.ClassDef)
        if node.name.endswith(BANNED_WORDS)
    ]
    assert not named


def test_public_functions_of_engine_and_training_have_docstrings():
    missing = []
    for path in SOURCES:
        relative = path.relative_to(ROOT)
        if relative.parts[0] == "viewer" or "versions" in relative.parts:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        assert ast.get_docstring(tree), f"{relative} has no module docstring"
        for node in tree.body:
            named = isinstance(node, (ast.FunctionDef, ast.ClassDef))
            if named and not node.name.startswith("_") and not ast.get_docstring(node):
                missing.append(f"{relative}: {node.name}")
    assert not missing


def test_threads_start_only_in_the_viewers_task_runner():
    """The import contract knows modules; this one also sees Qt's own threads."""
    offenders = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] == "viewer"
        and path.relative_to(ROOT).parts[1] != "tasks"
        and any(word in path.read_text("utf-8") for word in ("QThread", "threading.Thread"))
    ]
    assert not offenders
