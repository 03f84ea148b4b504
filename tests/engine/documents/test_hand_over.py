"""FHIR bundle and PAdES signature."""

from __future__ import annotations

import json
import random
import re
from base64 import b64decode

import pytest
from fhir.resources.R4B.bundle import Bundle
from testkit.certificates import SECRET, certificate_of
from testkit.report_documents import (
    MODEL_SENTENCES,
    draft_of,
    drafted_report,
    report_of,
    signed,
    study_of,
)
from testkit.soak import figure

from engine.documents.fhir import fhir_bundle
from engine.documents.letter import ReportDocument
from engine.documents.pades import is_intact, signed_pdf
from engine.documents.pdf import render_pdf
from engine.documents.plain_text import plain_text
from engine.domain.report import Section
from engine.errors import ExportError


def test_the_bundle_is_fhir_and_says_how_far_the_report_is() -> None:
    report = drafted_report()
    content = fhir_bundle(report, study_of(), draft_of(), text=plain_text(report), pdf=b"%PDF")
    bundle = Bundle.model_validate_json(content)
    assert bundle.type == "collection"
    found = {e["resource"]["resourceType"]: e["resource"] for e in json.loads(content)["entry"]}
    assert set(found) == {"DiagnosticReport", "Patient", "ImagingStudy", "Practitioner", "Device"}
    diagnostic = found["DiagnosticReport"]
    assert diagnostic["status"] == "partial"
    assert diagnostic["conclusion"] == report.text(Section.IMPRESSION)
    forms = {f["contentType"]: b64decode(f["data"]) for f in diagnostic["presentedForm"]}
    assert forms["application/pdf"] == b"%PDF"
    assert MODEL_SENTENCES[0] in forms["text/plain; charset=utf-8"].decode()
    assert found["Patient"]["name"][0]["text"] == study_of().patient.name
    known = {e["fullUrl"] for e in json.loads(content)["entry"]}
    references = re.findall(r'"reference": "(.+?)"', content.decode())
    assert references
    assert set(references) <= known


def test_a_final_report_is_final_without_a_model() -> None:
    report = signed(report_of("Clear lungs."))
    content = fhir_bundle(report, study_of(), None, text="", pdf=b"")
    statuses = [e["resource"].get("status") for e in json.loads(content)["entry"]]
    assert statuses[0] == "final"


@pytest.fixture(scope="module")
def certificate() -> bytes:
    return certificate_of("Dr Ada Byron")


@pytest.fixture(scope="module")
def letter(certificate: bytes) -> bytes:
    pdf = render_pdf(ReportDocument(report=signed(report_of("Clear lungs.")), study=study_of()))
    assert not is_intact(pdf)
    return signed_pdf(pdf, certificate, SECRET, reason="I am the author of this report.")


def test_r51_a_signed_letter_is_intact_and_every_changed_byte_is_found(letter: bytes) -> None:
    assert is_intact(letter)
    numbers = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", letter)
    assert numbers is not None
    start, length, again, rest = (int(n) for n in numbers.groups())
    assert again + rest == len(letter)
    covered = [*range(start, start + length), *range(again, again + rest)]
    places = random.Random(7).sample(covered, 200)  # noqa: S311
    for place in places:
        changed = bytearray(letter)
        changed[place] ^= 1 << (place % 8)
        assert not is_intact(bytes(changed)), place
    assert not is_intact(letter[:-1])
    assert not is_intact(letter + b"% more")
    figure("R51", f"{len(places)} flips of a signed letter: all found")


def test_a_wrong_passphrase_or_no_certificate_is_said_plainly(certificate: bytes) -> None:
    for content, secret in ((certificate, "wrong"), (b"no certificate", SECRET)):
        with pytest.raises(ExportError, match="cannot be opened"):
            signed_pdf(b"%PDF", content, secret, reason="x")
