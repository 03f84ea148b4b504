from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import text
from testkit.dicom_files import write_film
from testkit.workspaces import any_draft, any_study, moved_films, open_store

from engine.domain.prior_document import DocumentKind, PriorDocument
from engine.domain.progress import CancelToken
from engine.domain.study import SopUid, Study, StudyQuery, StudyStatus, StudyUid
from engine.errors import AccessError, CancelledError, NotFoundError
from engine.services.library import Library
from engine.storage.unit_of_work import Store
from engine.workers.decode_client import DecodeClient


def library(store: Store) -> Library:
    def no_decoder() -> None:
        raise AssertionError("nothing here needs the decode worker")

    return Library(store, no_decoder)  # type: ignore[arg-type]  # never called


def test_a_study_comes_back_as_it_went_in(tmp_path: Path) -> None:
    bare = replace(any_study("1.9"), study_date=None, study_time=None)
    odd = moved_films(any_study("1.8"), Path("/films/\udcff broken"))
    with open_store(tmp_path, studies=(any_study(), bare, odd)) as store:
        shelf = library(store)
        assert shelf.study(StudyUid("1.2.3")) == any_study()
        assert shelf.study(StudyUid("1.9")) == bare
        assert shelf.study(StudyUid("1.8")) == odd
        with pytest.raises(NotFoundError):
            shelf.study(StudyUid("none"))


def test_films_that_moved_are_found_at_their_new_place(tmp_path: Path) -> None:
    moved = moved_films(any_study(), Path("/new/place"))
    with open_store(tmp_path, studies=(any_study(), moved)) as store:
        assert library(store).study(moved.uid) == moved
        assert len(library(store).studies()) == 1


def test_a_reported_study_never_turns_into_somebody_elses(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(),)) as store:
        other = any_study(name="Another, Person", patient_id="P2")
        with store.change() as unit:
            assert unit.studies.put((other,), "2026-03-18T09:30:00+00:00")
            unit.drafts.add(any_draft())
        with store.change() as unit:
            assert not unit.studies.put((any_study(),), "2026-03-18T09:30:00+00:00")
            assert unit.studies.put((other,), "2026-03-18T09:30:00+00:00")
        assert library(store).study(other.uid).patient == other.patient


def test_the_list_is_searched_and_sorted(tmp_path: Path) -> None:
    studies = (
        any_study("1", name="Alder, Ann", patient_id="A-1", taken=date(2026, 1, 1)),
        any_study("2", name="Birch, Bob", patient_id="B_2", taken=date(2026, 3, 1)),
        any_study("3", name="佐藤, 陽翔", patient_id="C%3", taken=date(2026, 2, 1)),
    )
    with open_store(tmp_path, studies=studies) as store:
        with store.change() as unit:
            unit.drafts.add(any_draft("1"))

        def uids(text: str = "", status: StudyStatus | None = None, limit: int = 9) -> list[str]:
            query = StudyQuery(text=text, status=status, limit=limit)
            return [row.uid for row in library(store).studies(query)]

        assert uids() == ["2", "3", "1"]
        assert uids(limit=1) == ["2"]
        assert uids("ald") == ["1"]
        assert uids("ANN alder") == ["1"]
        assert uids("佐") == uids("陽翔") == ["3"]
        assert uids("chest 2026-03") == ["2"]
        assert uids("_") == ["2"]
        assert uids("%") == ["3"]
        assert uids('"') == uids("alder birch") == uids("' OR 1=1 --") == []
        assert uids(status=StudyStatus.DRAFTED) == ["1"]
        assert uids("alder", StudyStatus.NEW) == []


def test_priors_are_earlier_studies_of_the_same_person(tmp_path: Path) -> None:
    now = any_study("now", taken=date(2026, 3, 18), at=time(12))
    studies = (
        now,
        any_study("last year", taken=date(2025, 3, 18), name="Renamed, Person"),
        any_study("this morning", taken=date(2026, 3, 18), at=time(8)),
        any_study("this evening", taken=date(2026, 3, 18), at=time(18)),
        any_study("somebody else", taken=date(2025, 1, 1), patient_id="P2"),
        any_study("undated", taken=None),
    )
    with open_store(tmp_path, studies=studies) as store:
        assert [s.uid for s in library(store).priors(now.uid)] == ["this morning", "last year"]
        assert library(store).priors(StudyUid("undated")) == ()


def test_decoding_a_film_is_stopped_by_its_reader(tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with open_store(tmp_path / "workspace") as store, DecodeClient() as decoder:
        shelf = Library(store, lambda: decoder)
        (study,) = shelf.add([write_film(tmp_path / "film.dcm")]).studies
        with pytest.raises(CancelledError):
            shelf.pixels(study.images[0], cancel=cancel)
        assert shelf.pixels(study.images[0]).rows == study.images[0].rows


def test_many_studies_are_kept_at_once_and_grow(tmp_path: Path) -> None:
    many = tuple(any_study(f"1.{number}", patient_id=f"P{number}") for number in range(620))
    with open_store(tmp_path, studies=many) as store:
        shelf = library(store)
        with store.look() as unit:
            assert tuple(unit.studies.each(study.uid for study in many)) == many
        grown = replace(many[510], description="Supine chest")
        with store.change() as unit:
            assert unit.studies.put((*many[:510], grown), store.now_text()) == tuple(
                study.uid for study in many[:511]
            )
        assert shelf.study(grown.uid) == grown
        assert [row.uid for row in shelf.studies(StudyQuery(text="supine"))] == [grown.uid]
        assert [row.uid for row in shelf.studies(StudyQuery(text="P619"))] == [many[-1].uid]
        with store.look() as unit:
            assert unit.studies.count() == len(many)


def test_a_study_given_twice_at_once_is_found_once(tmp_path: Path) -> None:
    later = replace(any_study(), description="Portable chest")
    with open_store(tmp_path, studies=(any_study(), later)) as store:
        assert library(store).study(later.uid) == later
        assert len(library(store).studies(StudyQuery(text="portable"))) == 1
        with store.database.reading() as session:
            rows = session.execute(text("SELECT count(*) FROM study_search")).scalar()
        assert rows == 1


def document(uid: str, of: Study, day: date | None, **changes: object) -> PriorDocument:
    fields: dict[str, object] = {
        "path": Path(f"/cd/{uid}.dcm"),
        "sop_uid": SopUid(uid),
        "study_uid": StudyUid(f"{uid}.9"),
        "kind": DocumentKind.PDF,
        "patient": of.patient,
        "study_date": day,
        "title": "Report on Test, Person",
    }
    return PriorDocument(**(fields | changes))  # type: ignore[arg-type]  # names checked


def test_documents_are_of_the_same_patient_and_not_later_newest_first(tmp_path: Path) -> None:
    study, other = any_study(), any_study("1.2.4", patient_id="P2")
    odd = Path("/cd/\udcff broken.dcm")
    older = document("5.1", study, date(2020, 1, 1), path=odd, member="a/b")
    own = document("5.2", study, None, study_uid=study.uid)
    newer = document("5.3", study, date(2026, 3, 1))
    later = document("5.4", study, date(2026, 4, 1))
    born = replace(study.patient, birth_date=date(1970, 1, 1))
    with open_store(tmp_path, studies=(study, other)) as store:
        with store.change() as unit:
            for one in (older, own, newer, later):
                unit.documents.put(one)
            unit.documents.put(document("5.1", other, date(2020, 1, 1)))
            unit.documents.put(document("5.5", study, date(2020, 1, 1), patient=born))
            unit.documents.put(replace(newer, path=Path("/moved.dcm")))
        shelf = library(store)
        assert shelf.documents(study.uid) == (
            replace(newer, path=Path("/moved.dcm")),
            older,
            own,
        )
        assert [one.patient for one in shelf.documents(other.uid)] == [other.patient]


def test_documents_tell_no_name_while_names_are_hidden(tmp_path: Path) -> None:
    study = any_study()
    with open_store(tmp_path, studies=(study,)) as store:
        with store.change() as unit:
            unit.documents.put(document("5.1", study, date(2020, 1, 1)))
        shelf = library(store)
        shelf.deidentify(is_on=True)
        (hidden,) = shelf.documents(study.uid)
        assert "Person" not in repr(hidden)
        assert study.patient.patient_id not in repr(hidden.patient)
        shown = shelf.study(study.uid)
        assert hidden.patient == shown.patient
        assert shown.study_date is not None
        assert hidden.study_date is not None
        assert study.study_date is not None
        assert shown.study_date - hidden.study_date == study.study_date - date(2020, 1, 1)
        for read in (shelf.document, lambda one: shelf.document_page(one, 0, 100)):
            with pytest.raises(AccessError, match="hidden"):
                read(hidden)


def test_a_study_off_the_list_is_still_there_and_comes_back_when_its_films_are_found(
    tmp_path: Path,
) -> None:
    later = replace(any_study("1.2.9"), study_date=date(2027, 1, 1))
    with open_store(tmp_path, studies=(any_study(), later)) as store:
        shelf = library(store)
        shelf.take_off_list(StudyUid("1.2.3"))
        assert [row.uid for row in shelf.studies()] == ["1.2.9"]
        assert [prior.uid for prior in shelf.priors(StudyUid("1.2.9"))] == ["1.2.3"]
        with store.change() as unit:
            unit.studies.put((any_study(),), store.now_text())
        assert {row.uid for row in shelf.studies()} == {"1.2.9", "1.2.3"}
        with pytest.raises(NotFoundError):
            shelf.take_off_list(StudyUid("none"))


def test_a_study_is_found_by_its_number_the_newest_first(tmp_path: Path) -> None:
    older = replace(any_study("1.8"), study_date=date(2020, 1, 1))
    other = replace(any_study("1.9"), accession="")
    with open_store(tmp_path, studies=(older, any_study(), other)) as store:
        shelf = library(store)
        assert shelf.named(accession="ACC7") == ("1.2.3", "1.8")
        assert shelf.named(uid="1.9") == ("1.9",)
        assert shelf.named(accession="ACC") == ()
        assert shelf.named() == ()
