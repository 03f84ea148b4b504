"""What is signed: the outbox says the same words in every form, and corrects itself."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import hl7
import pydicom
import pytest
from fhir.resources.R4B.bundle import Bundle
from testkit.command_line import PASSPHRASE, CommandLine
from testkit.dicom_files import write_film
from testkit.pdf_words import pdf_words
from testkit.presentation_states import annotations_on
from testkit.sr_readers import items

from engine.domain.annotation import KeyImage
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.delivery import Delivery, DeliveryState, OutboxStatus
from engine.domain.report import Section
from engine.services.trail import TrailQuery
from engine.services.workspace import Workspace
from engine.settings import change_settings

FORMS = ["hl7", "fhir", "dicom-pdf", "sr", "key-objects", "measurements", "ai-result", "rejection"]
DELIVERED = {
    "signed": {"hl7", "fhir", "dicom-pdf", "sr", "key-objects", "measurements"},
    "corrected": {"hl7", "fhir", "dicom-pdf", "sr"},
    "withdrawn": {"hl7", "fhir", "dicom-pdf", "rejection"},
}
"""No draft was made, and neither flag nor line changes with an addendum."""
WORDS = "Heart of normal size; no effusion, it seems to Dr. Åberg."


class Ward:
    """A workspace with a study whose results go to a folder."""

    def __init__(self, root: Path) -> None:
        write_film(root / "films" / "film.dcm")
        self.outbox = root / "out"
        self.outbox.mkdir()
        self.desk = CommandLine(root / "home", demo=False)
        change_settings({"outbox_folder": str(self.outbox), "outbox_forms": tuple(FORMS)})
        with Workspace.create(self.root, user_name="Dr Test", passphrase=PASSPHRASE) as workspace:
            (study,) = workspace.library.add([root / "films"]).studies
            report = workspace.reporting.open_for(study.uid).report
            report = report.with_sentence(Section.FINDINGS, WORDS, report.created)
            self.report = workspace.reporting.save(report)
            (film,) = study.images
            facts = {"study_uid": study.uid, "sop_uid": film.sop_uid, "author": "Dr Test"}
            workspace.annotating.set_key(KeyImage(**facts, created=report.created))
            (line,) = annotations_on(film, AnnotationKind.LENGTH)
            workspace.annotating.put(line)

    @property
    def root(self) -> Path:
        return self.desk.home / "workspace"

    def open(self) -> Workspace:
        return Workspace.open(self.root, passphrase=PASSPHRASE)

    def objects(self, *arguments: object, **options: Any) -> list[dict[str, Any]]:
        done = self.desk.work(*arguments, "--json", **options)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def newest(self, form: str) -> Path:
        """The newest file of a form: names sort by time."""
        suffix = {"hl7": ".hl7", "fhir": ".json"}.get(form, ".dcm")
        return max(self.outbox.glob(f"*-{form}{suffix}"), key=lambda path: path.stat().st_mtime_ns)


def message_of(path: Path) -> hl7.Message:
    return hl7.parse(path.read_bytes().decode("utf-8"))


def words_inside(pdf: bytes, folder: Path) -> str:
    letter = folder / "letter.pdf"
    letter.write_bytes(pdf)
    return pdf_words(letter)


def texts_of(path: Path) -> list[str]:
    """Texts of an SR's leaves."""
    found: list[str] = []

    def look(item: pydicom.Dataset) -> None:
        if "TextValue" in item:
            found.append(item.TextValue)
        for child in item.get("ContentSequence", []):
            look(child)

    look(pydicom.dcmread(path))
    return found


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ward:
    monkeypatch.setenv("NEGATOSCOPE_HOME", str(tmp_path / "home"))
    return Ward(tmp_path)


def test_signed_corrected_and_withdrawn_the_outbox_says_the_same_words(ward: Ward) -> None:
    with ward.open() as workspace:
        signing, outbox = workspace.reporting.signing, workspace.outbox
        signing.final(ward.report, passphrase=PASSPHRASE, meaning="Author")
        # A name that is hidden on the screen is not hidden from whoever gets the result.
        workspace.library.deidentify(is_on=True)
        assert outbox.deliver() == OutboxStatus(delivered=6)
        check_final(ward)
        signing.addendum(ward.report.id, "Old films came.", passphrase=PASSPHRASE)
        assert outbox.deliver() == OutboxStatus(delivered=4)
        message = message_of(ward.newest("hl7"))
        assert str(message.segment("OBR")[25]) == "C"
        assert str(message.segment("MSH")[10]) in ward.newest("hl7").name
        assert texts_of(ward.newest("sr")) == [WORDS, "Old films came."]
        signing.withdraw(ward.report.id, "Wrong patient", passphrase=PASSPHRASE)
        assert outbox.deliver() == OutboxStatus(delivered=4)
        message = message_of(ward.newest("hl7"))
        assert {str(row[11]) for row in message.segments("OBX")} == {"W"}
        check_rejected(ward)
        delivered = [
            {each.form.facts.option for each in step if each.state is DeliveryState.DELIVERED}
            for step in batched(outbox.deliveries(), len(FORMS))
        ]
        assert delivered == list(DELIVERED.values())
        trail = workspace.trail.entries(TrailQuery(text="result delivered"))
        assert len(trail) == 14


def test_a_preliminary_report_goes_out_as_such_and_the_final_one_after_it(ward: Ward) -> None:
    change_settings({"outbox_forms": ("hl7",)})
    with ward.open() as workspace:
        signing = workspace.reporting.signing
        first = signing.preliminary(ward.report, passphrase=PASSPHRASE, meaning="Prepared")
        signing.final(first, passphrase=PASSPHRASE, meaning="Approved")
        assert workspace.outbox.deliver() == OutboxStatus(delivered=2)
        order = [ward.outbox / each.file_name for each in workspace.outbox.deliveries()]
    statuses = [str(message_of(path).segment("OBR")[25]) for path in order]
    assert statuses == ["P", "F"]
    assert {str(row[11]) for row in message_of(order[0]).segments("OBX")} == {"P"}


def batched(deliveries: tuple[Delivery, ...], size: int) -> list[tuple[Delivery, ...]]:
    return [deliveries[at : at + size] for at in range(0, len(deliveries), size)]


def check_rejected(ward: Ward) -> None:
    """The note names all SR and PDF objects from before the withdrawal, and nothing else."""
    note = pydicom.dcmread(ward.newest("rejection"))
    named = {
        str(ref.ReferencedSOPInstanceUID)
        for item in items(note, "COMPOSITE")
        for ref in item.ReferencedSOPSequence
    }
    last = ward.newest("dicom-pdf")
    before = {*ward.outbox.glob("*-sr.dcm"), *ward.outbox.glob("*-dicom-pdf.dcm")} - {last}
    uids = {str(pydicom.dcmread(path).SOPInstanceUID) for path in before}
    assert named == uids
    assert len(before) == 4


def check_final(ward: Ward) -> None:
    message = message_of(ward.newest("hl7"))
    assert str(message.segment("PID")[5]).startswith("Test^Ada")
    assert str(message.segment("OBR")[25]) == "F"
    findings = next(row for row in message.segments("OBX") if str(row[3]).startswith("59776-5"))
    assert message.unescape(str(findings[5])) == WORDS
    letter = b64decode(str(message.segments("OBX")[-1][5]).split("^")[4])
    assert " ".join(WORDS.split()[:5]) in words_inside(letter, ward.desk.home)
    bundle = Bundle.model_validate_json(ward.newest("fhir").read_bytes())
    found = [entry.resource for entry in bundle.entry]
    (told,) = [each for each in found if each.__resource_type__ == "DiagnosticReport"]
    assert told.status == "final"
    assert WORDS in told.presentedForm[1].data.decode()
    assert texts_of(ward.newest("sr")) == [WORDS]
    films = [*items(pydicom.dcmread(ward.newest("key-objects")), "IMAGE")]
    assert len(films) == 1
    assert [*items(pydicom.dcmread(ward.newest("measurements")), "SCOORD")]
    inside = pydicom.dcmread(ward.newest("dicom-pdf")).EncapsulatedDocument
    assert " ".join(WORDS.split()[:5]) in words_inside(inside, ward.desk.home)


def test_a_share_that_is_away_for_a_while_gets_every_result_once(ward: Ward) -> None:
    away = ward.outbox.with_name("away")
    ward.outbox.rename(away)
    line = "8 results not delivered: The outbox folder is not there."
    done = ward.desk.work("reports", "sign", ward.report.id, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "final"
    assert done.stderr.decode().strip() == line
    done = ward.desk.work("outbox", "list", "--json")
    waiting = [json.loads(row) for row in done.stdout.splitlines()]
    assert [row["state"] for row in waiting] == ["waiting"] * 8
    assert done.stderr.decode().strip() == line
    done = ward.desk.work("outbox", "deliver")
    assert done.returncode == 1
    assert done.stdout.decode().splitlines() == ["0 delivered.", line]
    away.rename(ward.outbox)
    (told,) = ward.objects("outbox", "deliver")
    assert told == {"delivered": 6, "waiting": 0, "why": None, "refused": 0}
    shown = ward.desk.work("outbox", "list", "--all").stdout.decode().splitlines()
    assert len([line for line in shown if "  delivered  " in line]) == 6
    assert len([line for line in shown if "  left out   " in line]) == 2
    assert "      The report was written without a draft." in shown
    assert "      The report was not withdrawn." in shown
    with ward.open() as workspace:
        assert workspace.outbox.deliver() == OutboxStatus()
    assert len([*ward.outbox.glob("[!.]*")]) == 6


def test_the_demo_has_no_outbox(ward: Ward, tmp_path: Path) -> None:
    with Workspace.open_demo(tmp_path / "demo") as workspace:
        uid = workspace.library.studies()[0].uid
        report = workspace.reporting.open_for(uid).report
        report = report.with_sentence(Section.FINDINGS, "Clear lungs.", report.created)
        workspace.reporting.sign(report, passphrase="demo", meaning="Author")
        assert workspace.outbox.deliver() == OutboxStatus()
        assert workspace.outbox.deliveries() == ()
    assert [*ward.outbox.iterdir()] == []
