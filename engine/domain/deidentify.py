"""Replace a patient's identity by a code, to show or hand out films without names.

Names, ids, accession and study numbers and referrers are removed. All dates of one person are
shifted by the same number of days, as the longitudinal option of DICOM PS3.15 Annex E does, so
that ages and intervals stay right and priors still hang. What somebody typed into a report, or
burned into a film, is not changed.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from engine.domain.order import Order
from engine.domain.prior_document import PriorDocument
from engine.domain.study import Patient, Study, StudySummary
from engine.domain.urgency import Moment, OrderMark

_LEAST_DAYS, _SPAN_DAYS = 400, 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deidentifier:
    """Gives the same code to the same person for as long as the key exists; codes are one-way.

    Attributes:
        key: Secret random bytes, never stored.
    """

    key: bytes

    def study(self, study: Study) -> Study:
        """The study without anything that names its patient."""
        return replace(
            study,
            patient=self.patient(study.patient),
            study_date=self._moved(study.study_date, study.patient),
            accession="",
            referring="",
            study_id="",
            header_referring="",
        )

    def summary(self, row: StudySummary) -> StudySummary:
        """The row of the list without anything that names its patient."""
        return replace(
            row,
            patient=self.patient(row.patient),
            study_date=self._moved(row.study_date, row.patient),
            accession="",
            file_name="",
            order=None if row.order is None else self._mark(row.order, row.patient),
        )

    def order(self, order: Order) -> Order:
        """The order without what names its patient; reason and history are as somebody typed them.

        The note goes, as it is often about where the patient is to be found.
        """
        patient = order.patient
        return replace(
            order,
            patient=self.patient(patient),
            issuer="",
            other_ids=(),
            accession="",
            placer="",
            filler="",
            procedure_id="",
            study_uid=None,
            note="",
            referrer="",
            scheduled=self._moment(order.scheduled, patient),
            due=self._moment(order.due, patient),
            sent=self._moment(order.sent, patient),
        )

    def document(self, document: PriorDocument) -> PriorDocument:
        """The document without what names its patient; having no path, it cannot be opened."""
        patient = document.patient
        return replace(
            document,
            path=Path(),
            member="",
            patient=self.patient(patient),
            title="",
            study_date=self._moved(document.study_date, patient),
        )

    def patient(self, patient: Patient) -> Patient:
        """A code in place of name and id; the birth date is shifted with the patient's studies."""
        code = self._digest(patient)[:8].upper()
        return Patient(
            patient_id=f"ANON-{code}" if patient.patient_id else "",
            name=f"Anonymous {code}",
            birth_date=self._moved(patient.birth_date, patient),
            sex=patient.sex,
        )

    def _mark(self, mark: OrderMark, patient: Patient) -> OrderMark:
        return replace(mark, due=self._moment(mark.due, patient))

    def _moment(self, moment: Moment | None, patient: Patient) -> Moment | None:
        day = None if moment is None else self._moved(moment.day, patient)
        return None if moment is None or day is None else replace(moment, day=day)

    def _moved(self, day: date | None, patient: Patient) -> date | None:
        if day is None:
            return None
        days = _LEAST_DAYS + int(self._digest(patient)[8:16], 16) % _SPAN_DAYS
        return day - timedelta(days=days) if day.toordinal() > days else date.min

    def _digest(self, patient: Patient) -> str:
        # The rule of `Patient.is_same_person`; without an id only the name tells people apart.
        who = (patient.patient_id or patient.name, str(patient.birth_date))
        return hmac.new(self.key, "\0".join(who).encode(), hashlib.sha256).hexdigest()
