"""`orders`: read into a workspace, and listed with whether their films are here."""

from __future__ import annotations

import json

from testkit.dicom_files import write_film
from testkit.orders import PID, fhir, message, request, with_fields

from engine import paths
from engine.cli.main import main


def run(capsys, *arguments):
    status = main([*arguments, "--demo", "--json"])
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    return status, [json.loads(line) for line in lines if line.startswith("{")], captured.err


def test_orders_are_read_and_listed_beside_the_list_of_studies(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "demo_studies", lambda: tmp_path / "films")
    write_film(tmp_path / "films" / "1.dcm", PatientID="17", PatientBirthDate="19570412")
    orders = tmp_path / "orders"
    orders.mkdir()
    (orders / "1.hl7").write_bytes(message(pid=with_fields(PID, {5: "Test^Ada"})))
    (orders / "2.json").write_bytes(fhir(request(identifier=[{"value": "P2"}])))
    (orders / "3.json").write_bytes(b"{")
    status, (intake,), told = run(capsys, "orders", "read", str(orders))
    assert status == 1
    assert (intake["files"], intake["new"]) == (3, 2)
    assert intake["refused"][0]["reason"] == "The FHIR file is cut short or no JSON."
    assert "3.json: The FHIR file" in told
    _, listed, _ = run(capsys, "orders", "list")
    assert [(one["placer"], one["has_films"]) for one in listed] == [("P2", False), ("P1", True)]
    assert listed[1]["reason"] == "Pneumonia?"
    _, (row,), _ = run(capsys, "worklist", "show")
    assert row["order"] == {
        "priority": "stat",
        "due": None,
        "is_cancelled": False,
        "is_asked": False,
    }
    assert main(["orders", "list", "--demo"]) == 0
    assert "films here" in capsys.readouterr().out
