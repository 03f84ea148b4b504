"""Presentation states from a folder to the index, to a film, and out again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from testkit.dicom_files import write_film
from testkit.presentation_states import item, shown_film, table, write_state
from testkit.workspaces import open_store

from engine.domain.annotation import FilmTurn
from engine.domain.progress import CancelToken
from engine.domain.study import StudyUid
from engine.errors import CancelledError, ExportError, InputError
from engine.imaging.presentation import grey_look
from engine.services.annotating import Annotating
from engine.services.library import Library
from engine.services.presenting import Presenting
from engine.storage.unit_of_work import Store
from engine.workers.decode_client import DecodeClient

FILM, STUDY = "1.2.3.4.5", StudyUid("1.2.3")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "workspace") as opened:
        yield opened


@pytest.fixture
def library(store: Store) -> Iterator[Library]:
    with DecodeClient() as client:
        yield Library(store, lambda: client)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A film and a state about it."""
    films = tmp_path / "films"
    write_film(
        films / "film.dcm",
        SOPInstanceUID=FILM,
        StudyInstanceUID=STUDY,
        PhotometricInterpretation="MONOCHROME1",
    )
    write_state(films / "state.dcm", FILM, PresentationLUTShape="INVERSE", ImageRotation=90)
    return films


def test_a_state_beside_its_film_is_found_and_read(library: Library, folder: Path) -> None:
    found = library.add([folder])
    assert found.skipped == ()
    (ref,) = library.presentations(STUDY)
    assert (ref.title, ref.films, ref.path) == ("Look here", (FILM,), folder / "state.dcm")
    image = found.studies[0].images[0]
    state = library.presentation(ref, image)
    assert (state.title, state.window.width, state.quarter_turns) == ("Look here", 1001, 1)
    assert not grey_look(state, library.pixels(image)).inverted


def test_a_curve_comes_through_the_worker(library: Library, folder: Path) -> None:
    curve = table(5, [0, 10, 30, 255], 8)
    voi = [item(VOILUTSequence=[curve])]
    write_state(
        folder / "state.dcm",
        FILM,
        SoftcopyVOILUTSequence=voi,
        PresentationLUTShape=None,
        PresentationLUTSequence=[table(0, [0, 7, 4095], 12)],
    )
    found = library.add([folder])
    state = library.presentation(library.presentations(STUDY)[0], found.studies[0].images[0])
    assert (state.lut.first_value, state.lut.bits) == (5, 8)
    assert list(state.lut.entries) == [0, 10, 30, 255]
    assert (state.table.bits, list(state.table.entries)) == (12, [0, 7, 4095])


def test_states_of_films_that_are_not_here_are_named(library: Library, folder: Path) -> None:
    write_state(folder / "other.dcm", "9.9", StudyInstanceUID="9.9.9", SOPInstanceUID="9.1")
    write_state(folder / "somebody.dcm", FILM, PatientID="OTHER", SOPInstanceUID="9.2")
    write_state(folder / "none.dcm", FILM, ReferencedSeriesSequence=[], SOPInstanceUID="9.3")
    reasons = {Path(s.name).name: s.reason for s in library.add([folder]).skipped}
    assert reasons["other.dcm"] == reasons["somebody.dcm"]
    assert "films that are not here" in reasons["other.dcm"]
    assert "names no film" in reasons["none.dcm"]
    assert len(library.presentations(STUDY)) == 1


def test_a_state_that_comes_later_finds_its_film(library: Library, folder: Path) -> None:
    state = folder / "state.dcm"
    later = folder.parent / "later.dcm"
    state.rename(later)
    library.add([folder])
    assert library.presentations(STUDY) == ()
    assert library.add([later]).skipped == ()
    assert len(library.presentations(STUDY)) == 1


def test_a_stopped_scan_loses_no_state(library: Library, folder: Path) -> None:
    write_film(folder / "zz.dcm")
    cancel = CancelToken()

    def stop_at_the_end(now: object) -> None:
        if getattr(now, "done", 0) >= 2:
            cancel.cancel()

    with pytest.raises(CancelledError):
        library.add([folder], progress=stop_at_the_end, cancel=cancel)
    assert len(library.presentations(STUDY)) == 1


def test_who_made_a_state_is_hidden_with_the_names(library: Library, folder: Path) -> None:
    image = library.add([folder]).studies[0].images[0]
    library.deidentify(is_on=True)
    (ref,) = library.presentations(STUDY)
    assert (ref.creator, ref.patient_id, ref.title) == ("", "", "CHECKED")
    assert library.presentation(ref, image).title == "CHECKED"


def test_a_broken_state_is_a_sentence(library: Library, folder: Path) -> None:
    image = library.add([folder]).studies[0].images[0]
    (ref,) = library.presentations(STUDY)
    whole = ref.path.read_bytes()
    ref.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError):
        library.presentation(ref, image)


def test_a_saved_state_is_found_again_and_on_record(
    store: Store, library: Library, folder: Path
) -> None:
    study = library.add([folder]).studies[0]
    image = study.images[0]
    shown = replace(shown_film(library.pixels(image)), study=study, image=image, spacing=None)
    Presenting(store).save(shown, folder / "saved.dcm")
    assert library.add([folder]).skipped == ()
    titles = {ref.title: ref for ref in library.presentations(STUDY)}
    assert set(titles) == {"Look here", "As seen in Negatoscope"}
    look = grey_look(library.presentation(titles["As seen in Negatoscope"], image), shown.pixels)
    assert (look.inverted, look.voi.width) == (False, 900)
    with store.database.reading() as session:
        actions = session.scalars(text("SELECT action FROM audit_events"))
        assert "presentation state exported" in set(actions)
    with pytest.raises(ExportError):
        Presenting(store).save(shown, folder / "nowhere" / "saved.dcm")


def test_how_a_film_hangs_is_kept(store: Store, library: Library, folder: Path) -> None:
    image = library.add([folder]).studies[0].images[0]
    marking = Annotating(store)
    turn = FilmTurn(study_uid=STUDY, sop_uid=image.sop_uid, quarter_turns=3, mirrored=True)
    marking.turn(replace(turn, quarter_turns=1))
    marking.turn(turn)
    assert marking.annotations(STUDY).turns == (turn,)
    marking.turn(FilmTurn(study_uid=STUDY, sop_uid=image.sop_uid))
    assert marking.annotations(STUDY).turns == ()
