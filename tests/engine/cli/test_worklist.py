"""`worklist`: the studies of the list, and one that is taken off until it is opened again."""

from __future__ import annotations

import json

from testkit.dicom_files import write_film

from engine import paths
from engine.cli.main import main


def run(capsys, *arguments):
    status = main(["worklist", *arguments, "--demo", "--json"])
    lines = capsys.readouterr().out.splitlines()
    return status, [json.loads(line) for line in lines if line.startswith("{")]


def test_a_study_is_listed_with_what_it_holds_and_stays_off_once_removed(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "demo_studies", lambda: tmp_path / "films")
    for number in (1, 2):
        film = tmp_path / "films" / f"{number}.dcm"
        write_film(film, StudyInstanceUID="1.2.7", SOPInstanceUID=f"1.2.{number}")
    status, rows = run(capsys, "show")
    assert status == 0
    found = [(row["study_uid"], row["films"], row["status"]) for row in rows]
    assert found == [("1.2.7", 2, "new")]
    assert run(capsys, "remove", "1.2.7")[0] == 0
    assert run(capsys, "show") == (0, [])
    assert run(capsys, "remove", "1.2.8")[0] == 1
