"""Who a study is of, replaced by a code: for showing and handing out films without names.

Names, ids, accession numbers and referrers go; dates are all moved by the same number of days for
one person, as the longitudinal option of DICOM PS3.15 Annex E does, so that ages and intervals
stay right and priors still hang. What somebody typed into a report, or burned into a film, is not
changed.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from engine.domain.prior_document import PriorDocument
from engine.domain.study import Patient, Study, StudySummary

_LEAST_DAYS, _SPAN_DAYS = 400, 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deidentifier:
    """Codes that are the same for one person as long as the key is; without it nobody can go back.

    Attributes:
        key: Secret random bytes, never stored.
    """

    key: bytes

    def study(self, study: Study) -> Study:
        """The study without what names its patient."""
        return replace(
            study,
            patient=self.patient(study.patient),
            study_date=self._moved(study.study_date, study.patient),
            accession="",
            referring="",
        )

    def summary(self, row: StudySummary) -> StudySummary:
        """The row of the list without what names its patient."""
        return replace(
            row,
            patient=self.patient(row.patient),
            study_date=self._moved(row.study_date, row.patient),
            accession="",
        )

    def document(self, document: PriorDocument) -> PriorDocument:
        """The document without what names its patient; it cannot be opened like this."""
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
        """A code in place of name and id, and a birth date moved like the patient's studies."""
        code = self._digest(patient)[:8].upper()
        return Patient(
            patient_id=f"ANON-{code}" if patient.patient_id else "",
            name=f"Anonymous {code}",
            birth_date=self._moved(patient.birth_date, patient),
            sex=patient.sex,
        )

    def _moved(self, day: date | None, patient: Patient) -> date | None:
        if day is None:
            return None
        days = _LEAST_DAYS + int(self._digest(patient)[8:16], 16) % _SPAN_DAYS
        return day - timedelta(days=days) if day.toordinal() > days else date.min

    def _digest(self, patient: Patient) -> str:
        # The rule of `Patient.is_same_person`; without an id the name has to tell people apart.
        who = (patient.patient_id or patient.name, str(patient.birth_date))
        return hmac.new(self.key, "\0".join(who).encode(), hashlib.sha256).hexdigest()
