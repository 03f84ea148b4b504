"""The table of verbs: what `--help` costs, and that every row leads to a verb."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from engine.cli.main import VERBS, main

_HELP = """
import json, sys
from engine.cli.main import main
try:
    main(["--help"])
except SystemExit:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def test_help_loads_no_verb() -> None:
    result = subprocess.run([sys.executable, "-c", _HELP], capture_output=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(result.stderr)}
    assert not loaded & {"numpy", "pydicom", "sqlalchemy", "cryptography", "pydantic", "PIL"}
    assert all(verb.encode() in result.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_its_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([verb, "--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert f"negatoscope {verb}" in shown
    if VERBS[verb].parts:
        assert "PART" in shown
    else:
        assert "--json" in shown
        assert ("--workspace" in shown) == VERBS[verb].workspace


def test_a_verb_without_its_part_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["reports"])
    assert left.value.code == 2
    assert "PART" in capsys.readouterr().err
