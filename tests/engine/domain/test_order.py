"""Which orders are one, what news changes, and which study an order belongs to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from engine.domain.order import Order, OrderState, order_text
from engine.domain.order_matching import (
    Examined,
    Fit,
    KnownOrder,
    OrderTable,
    StudyOrders,
    fit_of,
    placed,
)
from engine.domain.study import Patient, StudyUid
from engine.domain.urgency import Moment, OrderMark, OrderPriority

DAY = date(2020, 2, 3)
WEBER = Patient(patient_id="17", name="Weber, Jonas", birth_date=date(1957, 4, 12), sex="M")
ORDER = Order(patient=WEBER, accession="A1", placer="P1", sent=Moment(day=DAY, clock=time(7)))
STUDY = Examined(uid=StudyUid("1.2"), accession="A1", patient=WEBER, day=DAY, modalities=("DX",))


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (replace(ORDER, accession=""), True),
        (replace(ORDER, placer=""), True),
        (replace(ORDER, placer="P2"), False),
        (replace(ORDER, accession="A2"), False),
        (replace(ORDER, patient=replace(WEBER, patient_id="18")), False),
        (replace(ORDER, patient=replace(WEBER, patient_id="18"), other_ids=("17",)), True),
        (replace(ORDER, patient=replace(WEBER, patient_id="")), True),
        (Order(patient=WEBER), False),
    ],
)
def test_orders_are_one_if_they_share_a_number_and_none_differs(
    other: Order, *, is_same: bool
) -> None:
    assert ORDER.is_same_order(other) is other.is_same_order(ORDER) is is_same


def test_two_procedures_of_one_order_are_two() -> None:
    chest, hip = replace(ORDER, procedure_id="1"), replace(ORDER, procedure_id="2")
    assert not chest.is_same_order(hip)
    assert chest.is_same_order(ORDER)


def test_news_changes_what_it_mentions_and_keeps_the_rest() -> None:
    known = replace(ORDER, reason="Cough", priority=OrderPriority.ROUTINE)
    news = Order(
        patient=Patient(patient_id="", name="", birth_date=None, sex=""),
        placer="P1",
        priority=OrderPriority.STAT,
        state=OrderState.CANCELLED,
        sent=Moment(day=DAY, clock=time(8)),
    )
    updated = known.updated_by(news)
    assert (updated.reason, updated.patient) == ("Cough", WEBER)
    assert (updated.priority, updated.state) == (OrderPriority.STAT, OrderState.CANCELLED)
    assert updated.updated_by(news) == updated


def test_older_news_read_later_fills_only_gaps() -> None:
    cancelled = replace(ORDER, state=OrderState.CANCELLED, sent=Moment(day=DAY, clock=time(9)))
    updated = cancelled.updated_by(replace(ORDER, reason="Cough"))
    assert (updated.state, updated.reason) == (OrderState.CANCELLED, "Cough")


@pytest.mark.parametrize(
    ("order", "fit"),
    [
        (ORDER, Fit.SURE),
        (replace(ORDER, accession="", filler="A1"), Fit.SURE),
        (replace(ORDER, accession="", study_uid=StudyUid("1.2")), Fit.SURE),
        (replace(ORDER, patient=replace(WEBER, patient_id="18")), Fit.POSSIBLE),
        (replace(ORDER, patient=replace(WEBER, birth_date=date(1960, 1, 1))), Fit.POSSIBLE),
        (replace(ORDER, patient=replace(WEBER, patient_id="18"), other_ids=("17",)), Fit.SURE),
        (replace(ORDER, state=OrderState.CANCELLED), Fit.SURE),
        (replace(ORDER, accession="A2"), Fit.NONE),
        (replace(ORDER, accession=""), Fit.POSSIBLE),
        (replace(ORDER, accession="", modality="CR"), Fit.POSSIBLE),
        (replace(ORDER, accession="", modality="MR"), Fit.NONE),
        (replace(ORDER, accession="", state=OrderState.CANCELLED), Fit.NONE),
        (replace(ORDER, accession="", scheduled=Moment(day=date(2020, 2, 2))), Fit.POSSIBLE),
        (replace(ORDER, accession="", scheduled=Moment(day=date(2020, 2, 1))), Fit.NONE),
        (replace(ORDER, accession="", scheduled=Moment(day=date(2020, 2, 4))), Fit.NONE),
        (replace(ORDER, accession="", patient=replace(WEBER, birth_date=None)), Fit.POSSIBLE),
        (replace(ORDER, accession="", patient=replace(WEBER, patient_id="")), Fit.POSSIBLE),
        (replace(ORDER, accession="", patient=replace(WEBER, patient_id="18")), Fit.NONE),
        (
            replace(ORDER, accession="", patient=replace(WEBER, birth_date=None, name="")),
            Fit.NONE,
        ),
    ],
)
def test_a_number_of_the_same_patient_is_sure_and_patient_and_day_are_asked_about(
    order: Order, fit: Fit
) -> None:
    assert fit_of(order, STUDY) is fit


def test_a_study_without_number_or_patient_fits_no_order_without_one() -> None:
    nobody = Patient(patient_id="", name="", birth_date=None, sex="")
    study = replace(STUDY, accession="", patient=nobody)
    assert fit_of(Order(patient=nobody, sent=ORDER.sent), study) is Fit.NONE


def test_the_indication_is_history_and_reason_and_only_without_them_the_note() -> None:
    order = replace(ORDER, note="In a chair")
    assert order.indication == ("In a chair",)
    assert replace(order, reason="Cough", history="Smoker").indication == ("Smoker", "Cough")
    assert replace(order, reason="Cough", history="Cough").indication == ("Cough",)


@pytest.mark.parametrize(
    ("word", "priority"),
    [
        ("S", OrderPriority.STAT),
        ("stat", OrderPriority.STAT),
        ("asap", OrderPriority.URGENT),
        ("HIGH", OrderPriority.URGENT),
        ("LOW", OrderPriority.ROUTINE),
        ("", OrderPriority.UNSAID),
        ("soon", OrderPriority.UNSAID),
    ],
)
def test_words_for_priority(word: str, priority: OrderPriority) -> None:
    assert OrderPriority.of(word) is priority


def test_text_is_bounded_storable_and_keeps_lines_only_if_asked() -> None:
    assert order_text(" a\tb\r\nc ") == "a b c"
    assert order_text(" a\tb\r\n\r\nc ", lines=True) == "a b\nc"
    assert order_text("\ud800x").encode()
    assert len(order_text("x" * 10_000)) == 4000


def known(number: int, order: Order, **answers: bool) -> KnownOrder:
    return KnownOrder(id=number, order=order, answers={StudyUid(k): v for k, v in answers.items()})


def test_a_table_gives_each_study_its_orders_and_asks_only_without_one() -> None:
    asked = known(1, replace(ORDER, accession="", placer="P9"))
    assert OrderTable([asked]).of(STUDY) == StudyOrders(asked=asked)
    ours = known(2, replace(ORDER, state=OrderState.CANCELLED))
    newer = known(3, replace(ORDER, placer="P3"))
    found = OrderTable([asked, ours, newer]).of(STUDY)
    assert found.orders == (newer, ours)
    assert found.asked is None
    stranger = replace(
        STUDY, uid=StudyUid("7"), accession="", patient=replace(WEBER, name="", patient_id="9")
    )
    assert OrderTable([asked, ours, newer]).of(stranger) == StudyOrders()


def test_a_number_with_another_patient_is_a_contradiction_to_ask_about() -> None:
    wrong = known(1, replace(ORDER, patient=replace(WEBER, patient_id="18")))
    assert OrderTable([wrong]).of(STUDY) == StudyOrders(asked=wrong, is_contradicted=True)


def test_the_readers_answer_stands_above_every_rule() -> None:
    study = replace(STUDY, uid=StudyUid("u"))
    refused = known(1, ORDER, u=False)
    assert OrderTable([refused]).of(study) == StudyOrders()
    taken = known(2, replace(ORDER, accession="A9"), u=True)
    assert OrderTable([taken]).of(study).orders == (taken,)
    elsewhere = known(3, replace(ORDER, accession=""), other=True)
    assert OrderTable([elsewhere]).of(study) == StudyOrders()


def test_orders_that_a_study_has_are_placed() -> None:
    orders = [known(1, ORDER), known(2, replace(ORDER, accession="A2"))]
    assert placed(orders, [STUDY]) == {1}


def test_what_the_list_says() -> None:
    due = Moment(day=DAY, clock=time(12))
    stat = known(1, replace(ORDER, priority=OrderPriority.STAT, due=due))
    assert StudyOrders(orders=(stat,)).mark == OrderMark(priority=OrderPriority.STAT, due=due)
    cancelled = known(1, replace(ORDER, state=OrderState.CANCELLED, priority=OrderPriority.STAT))
    assert StudyOrders(orders=(cancelled,)).mark == OrderMark(is_cancelled=True)
    assert StudyOrders(asked=stat).mark == OrderMark(is_asked=True)
    assert StudyOrders().mark is None
