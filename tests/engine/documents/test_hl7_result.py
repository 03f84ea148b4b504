"""The HL7 result message, read back by two other toolkits."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace

import hl7
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message
from hypothesis import given, settings
from hypothesis import strategies as st
from testkit.report_documents import draft_of, drafted_report, report_of, signed, study_of

from engine.documents.characters import visible
from engine.documents.hl7_result import NOTICE, Sender, result_message
from engine.domain.export import Hl7CharacterSet
from engine.domain.lifecycle import addition_sha256, with_addendum, withdrawn
from engine.domain.report import Report, Section
from engine.domain.signature import Signature
from engine.domain.study import Study
from engine.errors import ExportError

ANY = st.text(st.characters(), max_size=40)


def message_of(report: Report, study: Study | None = None, **options: object) -> hl7.Message:
    sender = Sender(**options)
    content = result_message(report, study or study_of(), None, pdf=b"%PDF-1.7", sender=sender)
    return hl7.parse(content.decode())


def signature_of(report: Report, text: str) -> Signature:
    assert report.signature is not None
    return replace(report.signature, report_sha256=addition_sha256(report, text))


def unescaped(message: hl7.Message, field: object) -> str:
    return message.unescape(str(field)).replace("\r", "\n")


def test_a_signed_report_is_a_final_result_with_its_sections_and_its_letter() -> None:
    study = study_of()
    message = message_of(signed(report_of("Clear lungs.", "No effusion.")), study)
    assert message.segment("MSH")[9][0] == [["ORU"], ["R01"], ["ORU_R01"]]
    assert str(message.segment("MSH")[18]) == "UNICODE UTF-8"
    assert str(message.segment("PID")[3]) == study.patient.patient_id
    assert str(message.segment("OBR")[3]) == study.accession
    assert str(message.segment("OBR")[25]) == "F"
    *texts, letter = message.segments("OBX")
    assert [str(row[1]) for row in (*texts, letter)] == [str(n + 1) for n in range(len(texts) + 1)]
    assert {str(row[11]) for row in (*texts, letter)} == {"F"}
    findings = next(row for row in texts if str(row[3]).startswith("59776-5"))
    assert unescaped(message, findings[5]) == "Clear lungs. No effusion."
    assert b64decode(str(letter[5]).split("^")[4]) == b"%PDF-1.7"
    assert "NTE" not in {str(segment[0]) for segment in message}


def test_another_toolkit_finds_it_valid() -> None:
    report = drafted_report()
    content = result_message(
        report, study_of(), draft_of(), pdf=b"%PDF", sender=Sender(institution="St | Mary")
    )
    found = parse_message(content.decode(), validation_level=VALIDATION_LEVEL.STRICT)
    found.validate()
    assert found.msh.msh_9.to_er7() == "ORU^R01^ORU_R01"
    assert NOTICE in content.decode()


def test_a_draft_says_that_nobody_has_verified_it() -> None:
    message = message_of(drafted_report())
    assert str(message.segment("OBR")[25]) == "R"
    assert {str(row[11]) for row in message.segments("OBX")} == {"R"}
    assert str(message_of(drafted_report(), is_demo=True).segment("MSH")[11]) == "T"


def test_an_addendum_corrects_the_result_and_a_withdrawal_posts_it_as_wrong() -> None:
    report = signed(report_of("Clear."))
    added = with_addendum(report, "Small nodule", signature_of(report, "Small nodule"))
    message = message_of(added)
    assert str(message.segment("OBR")[25]) == "C"
    *_, addendum, _letter = message.segments("OBX")
    assert unescaped(message, addendum[5]) == "Small nodule."
    message = message_of(withdrawn(report, "Wrong patient", signature_of(report, "Wrong patient")))
    first = message.segments("OBX")[0]
    assert unescaped(message, first[5]) == "WITHDRAWN, not valid: Wrong patient"
    assert {str(row[11]) for row in message.segments("OBX")} == {"W"}


def test_names_go_out_with_their_parts_in_the_order_of_hl7() -> None:
    study = study_of()
    whole = "Nunez^Maria^Luz^Dr^MD=山田^太郎=やまだ^たろう"
    study = replace(study, patient=replace(study.patient, header_name=whole))
    field = str(message_of(signed(report_of("Clear.")), study).segment("PID")[5])
    assert field == "Nunez^Maria^Luz^MD^Dr^^^A~山田^太郎^^^^^^I~やまだ^たろう^^^^^^P"


def test_the_same_report_is_the_same_message_and_another_revision_another() -> None:
    report = signed(report_of("Clear."))
    first, again = (
        result_message(report, study_of(), None, pdf=b"", sender=Sender()) for _ in range(2)
    )
    assert first == again
    other = message_of(replace(report, revision=report.revision + 1))
    assert str(other.segment("MSH")[10]) != str(hl7.parse(first.decode()).segment("MSH")[10])


@settings(deadline=None, max_examples=60)
@given(ANY.filter(str.strip), ANY)
def test_every_text_comes_out_as_it_went_in(words: str, other: str) -> None:
    report = report_of(words)
    study = replace(study_of(), accession=other)
    message = message_of(report, study)
    assert [str(segment[0]) for segment in message][:4] == ["MSH", "PID", "ORC", "OBR"]
    row = next(r for r in message.segments("OBX") if str(r[3]).startswith("59776-5"))
    expected = visible(report.text(Section.FINDINGS)).encode(errors="replace").decode()
    assert unescaped(message, row[5]) == expected


@pytest.mark.parametrize("letter", ["|", "^", "&", "~", "\\", "\\F\\", "a\\.br\\b"])
def test_what_would_part_the_message_is_escaped(letter: str) -> None:
    message = message_of(report_of(f"Left {letter} base."))
    row = next(r for r in message.segments("OBX") if str(r[3]).startswith("59776-5"))
    assert unescaped(message, row[5]) == f"Left {letter} base."


def test_in_8859_1_every_letter_is_as_it_is_or_the_message_is_refused() -> None:
    sender = Sender(characters=Hl7CharacterSet.LATIN_1)
    study = study_of("Núñez-Åberg, Matías")
    report = signed(report_of("Node of 5 mm – “new”; doesn’t grow…"))
    content = result_message(report, study, None, pdf=b"", sender=sender)
    message = hl7.parse(content.decode("latin-1"))
    assert str(message.segment("MSH")[18]) == "8859/1"
    assert "Núñez-Åberg" in str(message.segment("PID")[5])
    row = next(r for r in message.segments("OBX") if str(r[3]).startswith("59776-5"))
    assert unescaped(message, row[5]) == 'Node of 5 mm - "new"; doesn\'t grow...'
    with pytest.raises(ExportError, match="8859-1"):
        result_message(signed(report_of("≥ 5 mm.")), study, None, pdf=b"", sender=sender)


def test_another_signature_under_the_same_number_is_another_message() -> None:
    one, other = signed(report_of("Clear.")), signed(report_of("Not clear."))
    other = replace(other, id=one.id, revision=one.revision)
    assert str(message_of(one).segment("MSH")[10]) != str(message_of(other).segment("MSH")[10])
