"""HL7 v2 orders as hospitals write them, each oddity once."""

from __future__ import annotations

from datetime import date, time

import hl7
import pytest
from testkit.orders import MSH, OBR, ORC, PID, message, with_fields

from engine.documents.orders.hl7_order import hl7_orders
from engine.documents.orders.hl7_text import Separators, unescaped
from engine.domain.order import Order, OrderState
from engine.domain.study import Patient
from engine.domain.urgency import Moment, OrderPriority
from engine.errors import InputError


def only(content: bytes) -> Order:
    (order,), problems = hl7_orders(content)
    assert problems == ()
    return order


def test_an_order_is_read_with_everything_it_says() -> None:
    assert only(message()) == Order(
        patient=Patient(
            patient_id="17",
            name="Weber, Dr Jonas K Jr",
            birth_date=date(1957, 4, 12),
            sex="M",
            header_name="Weber^Jonas^K^Dr^Jr",
        ),
        issuer="Hospital",
        accession="A1",
        placer="P1",
        filler="F1",
        procedure="Chest PA and lateral",
        modality="DX",
        reason="Pneumonia?",
        history="Cough for three days",
        priority=OrderPriority.STAT,
        referrer="Ahrens, Dr Ute",
        sent=Moment(day=date(2020, 2, 3), clock=time(7)),
    )


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r\n"])
def test_every_line_end_gives_the_same_order(end: str) -> None:
    assert only(message(end=end)) == only(message())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbf", b""),
        (b"\x0b", b"\x1c\r"),
        (b"\r\n\x0b", b"\x1c\r\n"),
        (b"FHS|^~\\&|HIS\rBHS|^~\\&|HIS\r", b"BTS|1\rFTS|1\r"),
    ],
)
def test_frames_marks_and_batch_headers_are_passed_over(before: bytes, after: bytes) -> None:
    assert only(before + message() + after) == only(message())


def test_a_last_segment_without_its_end_is_read() -> None:
    assert only(message().rstrip(b"\r")) == only(message())


def test_a_file_of_messages_gives_all_orders_and_says_what_is_none() -> None:
    other = with_fields(MSH, {9: "ADT^A08"})
    content = message() + message(other, PID) + message(orc=with_fields(ORC, {2: "P2"}))
    orders, problems = hl7_orders(b"FHS|^~\\&\r" + content)
    assert [order.placer for order in orders] == ["P1", "P2"]
    assert problems == ("It is an HL7 message of another kind (ADT), not an order.",)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("UNICODE UTF-8", "utf_8"),
        ("8859/1", "latin_1"),
        ("8859/15", "iso8859_15"),
        ("", "utf_8"),
        ("", "latin_1"),
        ("ASCII", "utf_8"),
        ("8859/1~UNICODE UTF-8", "latin_1"),
        ("Unicode UTF-8", "utf_8"),
    ],
)
def test_letters_are_right_in_the_declared_character_set_and_without_one(
    charset: str, codec: str
) -> None:
    order = only(
        message(
            msh=with_fields(MSH, {18: charset}),
            pid=with_fields(PID, {5: "Müller^René"}),
            codec=codec,
        )
    )
    assert order.patient.name == "Müller, René"


def test_a_message_in_utf_16_is_read() -> None:
    text = message(pid=with_fields(PID, {5: "Müller^René"}), codec="latin_1").decode("latin_1")
    assert only(text.encode("utf_16")).patient.name == "Müller, René"


def test_undecodable_bytes_are_gaps_and_never_wrong_letters() -> None:
    content = message(
        msh=with_fields(MSH, {18: "UNICODE UTF-8"}), pid=PID.replace("Weber", "M?ller")
    )
    assert only(content.replace(b"M?ller", b"M\xfcller")).patient.name.startswith(
        "M\N{REPLACEMENT CHARACTER}ller"
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"a\F\b", "a|b"),
        (r"a\S\b\T\c\R\d\E\e", "a^b&c~d\\e"),
        (r"one\.br\two", "one\ntwo"),
        (r"one\.sp2\two\.in+3\three", "one\ntwo three"),
        (r"\H\loud\N\ quiet", "loud quiet"),
        (r"\XE9\t\XC3A9\\X0D0A\end", "ét\N{LATIN CAPITAL LETTER A WITH TILDE}©\r\nend"),
        (r"\C2842\x", "\N{REPLACEMENT CHARACTER}x"),
        (r"C:\temp\F\x", r"C:\temp|x"),
        ("one \\ alone", "one \\ alone"),
        (r"\Zab\own", r"\Zab\own"),
    ],
)
def test_escape_sequences_become_what_they_stand_for(written: str, read: str) -> None:
    assert unescaped(written, Separators(codec="cp1252")) == read


def test_other_separators_are_taken_from_the_message() -> None:
    usual = message(obr=OBR.replace("Pneumonia?", "Pneumonia"))
    swapped = usual.replace(b"|^~\\&|", b"!@~\\*!").replace(b"|", b"!").replace(b"^", b"@")
    assert only(swapped) == only(usual)


def test_repeated_ids_keep_all_and_prefer_the_record_number() -> None:
    ids = "998^^^Insurer^NI~17^5^M11^Hospital&1.2.3&ISO^MR~42^^^Old hospital^PI"
    order = only(message(pid=with_fields(PID, {3: ids})))
    assert (order.patient.patient_id, order.issuer) == ("17", "Hospital")
    assert order.other_ids == ("42", "998")


def test_an_old_message_has_its_id_in_the_second_field() -> None:
    assert only(message(pid=with_fields(PID, {3: "", 2: "17"}))).patient.patient_id == "17"


def test_a_name_in_several_scripts_keeps_each_group() -> None:
    names = "Yamada^Tarou^^^^^L^A~山田^太郎^^^^^L^I"
    charset = with_fields(MSH, {18: "UNICODE UTF-8"})
    order = only(message(msh=charset, pid=with_fields(PID, {5: names}), codec="utf_8"))
    assert order.patient.header_name == "Yamada^Tarou=山田^太郎"


def test_an_order_without_obr_is_read_from_orc() -> None:
    order = only(message(orc=with_fields(ORC, {1: "CA"}), obr=""))
    assert (order.placer, order.state) == ("P1", OrderState.CANCELLED)


def test_an_order_without_orc_is_read_from_obr() -> None:
    order = only(message(orc=""))
    assert (order.placer, order.reason) == ("P1", "Pneumonia?")


def test_each_group_is_an_order_with_its_own_notes() -> None:
    second = with_fields(OBR, {2: "P2", 31: "Line position"})
    content = message(
        MSH, PID, "NTE|1||About the patient", ORC, OBR, "NTE|1||In a chair", second, "NTE|1||In bed"
    )
    orders, _ = hl7_orders(content)
    assert [(one.reason, one.note) for one in orders] == [
        ("Pneumonia?", "In a chair"),
        ("Line position", "In bed"),
    ]


@pytest.mark.parametrize(
    ("control", "status", "state"),
    [
        ("NW", "", OrderState.WANTED),
        ("XO", "", OrderState.WANTED),
        ("CA", "", OrderState.CANCELLED),
        ("OC", "", OrderState.CANCELLED),
        ("DC", "", OrderState.CANCELLED),
        ("HD", "", OrderState.HELD),
        ("SC", "CA", OrderState.CANCELLED),
        ("SC", "CM", OrderState.DONE),
        ("SC", "IP", OrderState.WANTED),
    ],
)
def test_control_and_status_say_whether_the_order_stands(
    control: str, status: str, state: OrderState
) -> None:
    assert only(message(orc=with_fields(ORC, {1: control, 5: status}))).state is state


@pytest.mark.parametrize(
    ("changes", "priority"),
    [
        ({"obr": with_fields(OBR, {5: ""})}, OrderPriority.UNSAID),
        ({"obr": with_fields(OBR, {5: "A"})}, OrderPriority.URGENT),
        ({"obr": with_fields(OBR, {5: "", 27: "1^^^20200203^^S"})}, OrderPriority.STAT),
        ({"obr": with_fields(OBR, {5: "R", 27: "^^^^^ASAP"})}, OrderPriority.URGENT),
        ({"obr": f"{OBR}\rTQ1|1||||||||R"}, OrderPriority.ROUTINE),
        ({"obr": f"{OBR}\rTQ1|1||||||||R\rTQ1|2||||||||STAT^now"}, OrderPriority.STAT),
        ({"obr": with_fields(OBR, {5: "whenever"})}, OrderPriority.UNSAID),
    ],
)
def test_the_priority_is_taken_from_where_it_stands(
    changes: dict[str, str], priority: OrderPriority
) -> None:
    assert only(message(**changes)).priority is priority


def test_times_are_taken_from_tq1_else_from_older_fields() -> None:
    tq1 = f"{OBR}\rTQ1|1||||||202002030800|20200203103015.25|S"
    order = only(message(obr=tq1))
    assert order.scheduled == Moment(day=date(2020, 2, 3), clock=time(8))
    assert order.due == Moment(day=date(2020, 2, 3), clock=time(10, 30, 15))
    old = with_fields(OBR, {27: "^^^202002030900^20200204^R"})
    order = only(message(obr=old))
    assert order.scheduled == Moment(day=date(2020, 2, 3), clock=time(9))
    assert order.due == Moment(day=date(2020, 2, 4))


@pytest.mark.parametrize(
    "written", ["2020", "20201301", "tomorrow", "2020-02-03", "0000000000", '""']
)
def test_what_is_no_time_costs_the_time_and_not_the_order(written: str) -> None:
    order = only(message(pid=with_fields(PID, {7: written})))
    assert order.patient.birth_date is None


def test_imaging_orders_bring_accession_procedure_and_study() -> None:
    ipc = "IPC|A9^^^|RP7|1.2.840.99|S1|CR^Radiography"
    content = message(msh=with_fields(MSH, {9: "OMI^O23^OMI_O23"}), obr=f"{OBR}\r{ipc}")
    order = only(content)
    assert (order.accession, order.procedure_id) == ("A9", "RP7")
    assert (order.study_uid, order.modality) == ("1.2.840.99", "CR")
    assert only(message(obr=f"{OBR}\rZDS|1.2.3^Vendor^Application^DICOM")).study_uid == "1.2.3"


def test_diagnoses_and_repeated_reasons_are_joined_once() -> None:
    obr = with_fields(OBR, {31: "^Pneumonia?~^Effusion?"})
    dg1 = "DG1|1||J18.9^Pneumonia, unspecified^I10\rDG1|2|||Pneumonia?"
    order = only(message(obr=f"{obr}\r{dg1}"))
    assert order.reason == "Pneumonia?; Effusion?; Pneumonia, unspecified"


def test_a_line_break_that_was_not_escaped_stays_in_its_text() -> None:
    order = only(message(obr=f"{OBR}\rNTE|1||First line\nand the second|\nPID is a word here"))
    assert order.note.splitlines()[:1] == ["First line"]
    assert "second" in order.note


def test_letters_that_would_disguise_a_name_are_taken_out() -> None:
    charset = with_fields(MSH, {18: "UNICODE UTF-8"})
    pid = with_fields(PID, {5: "We\u202eber^Jo\x07nas"})
    assert only(message(msh=charset, pid=pid, codec="utf_8")).patient.name == "We ber, Jo nas"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no HL7 message"),
        (message(MSH, ORC, OBR), "names no patient"),
        (message(MSH, PID), "holds no order"),
        (message(with_fields(MSH, {9: "ORU^R01"}), PID, ORC), "another kind"),
        (message(MSH.replace("^~\\&", "^^\\&"), PID, ORC), "separators"),
        (message(MSH, "PID|1", "ORC|NW"), "neither a patient's ID nor an order number"),
    ],
)
def test_what_is_no_order_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        hl7_orders(content)


def test_a_second_reader_finds_the_same_fields() -> None:
    """`hl7` splits and unescapes independently of us."""
    obr = with_fields(OBR, {13: r"Cough \T\ fever, 38\S\5", 31: r"^Pneumonia \R\ effusion?"})
    order, theirs = only(message(obr=obr)), hl7.parse(message(obr=obr).decode())
    reason = theirs.unescape(theirs.extract_field("OBR", 1, 31, 1, 2))
    assert order.reason == reason
    assert order.history == theirs.unescape(theirs.extract_field("OBR", 1, 13))
    assert order.accession == str(theirs.segment("OBR")[18])
    assert order.patient.birth_date == date(1957, 4, 12)
    assert str(theirs.segment("PID")[7]) == "19570412"
