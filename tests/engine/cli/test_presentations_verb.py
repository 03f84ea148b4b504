"""`presentations`: what states a study has, what one says, and one written of what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from testkit.dicom_files import write_film
from testkit.presentation_states import annotations_on, item, write_state

from engine import paths
from engine.cli.main import main
from engine.domain.annotation import FilmTurn
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.study import StudyUid
from engine.services.workspace import Workspace

FILM, STUDY, STATE = "1.2.3.4.5", "1.2.3", "1.2.3.4.99"


@pytest.fixture
def films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A film and a state about it, in a home without other studies."""
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "demo_studies", lambda: tmp_path / "no-demo")
    folder = tmp_path / "films"
    write_film(folder / "film.dcm", SOPInstanceUID=FILM, StudyInstanceUID=STUDY)
    write_state(
        folder / "state.dcm",
        FILM,
        PresentationLUTShape="INVERSE",
        ImageRotation=90,
        MaskSubtractionSequence=[item(MaskOperation="NONE")],
    )
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main(["presentations", *(str(one) for one in arguments), "--demo"])
    out, err = capsys.readouterr()
    return status, out, err


def test_the_states_of_a_study_are_listed_and_one_is_told(films, capsys):
    status, out, _ = run(capsys, "list", STUDY, "--add", films)
    assert (status, out) == (0, f"{STATE}  Look here by Doe, Jo, 2024-02-04, 1 film\n")
    status, out, _ = run(capsys, "show", STUDY, STATE)
    assert status == 0
    assert "Grey: W 1001 L 500.5" in out
    assert "Polarity: low values are bright" in out
    assert "Turn: 90° clockwise" in out
    assert "Not shown here: its subtraction of a mask" in out
    _, out, _ = run(capsys, "show", STUDY, STATE, "--json")
    told = json.loads(out)
    assert (told["film"], told["inverse"], told["quarter_turns"]) == (FILM, True, 1)


def test_a_state_is_written_of_what_the_workspace_keeps(films, capsys):
    run(capsys, "list", STUDY, "--add", films)
    uid = StudyUid(STUDY)
    with Workspace.open_demo() as workspace:
        image = workspace.library.study(uid).images[0]
        for mark in annotations_on(image, AnnotationKind.LENGTH, AnnotationKind.ARROW):
            workspace.annotating.put(mark)
        turn = FilmTurn(study_uid=uid, sop_uid=image.sop_uid, quarter_turns=3, mirrored=True)
        workspace.annotating.turn(turn)
    written = films / "kept.dcm"
    status, out, _ = run(capsys, "write", STUDY, written, "--film", FILM)
    assert (status, out) == (0, f"{written} was written.\n")
    _, out, _ = run(capsys, "list", STUDY, "--add", written, "--json")
    newest = json.loads(out.splitlines()[0])
    assert newest["title"] == "As seen in Negatoscope"
    _, out, _ = run(capsys, "show", STUDY, newest["state"], "--json")
    told = json.loads(out)
    assert (told["quarter_turns"], told["mirrored"]) == (3, True)
    assert told["graphics"]
    assert any("mm" in words or "px" in words for words in told["texts"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("list", "9.9"), "study"),
        (("show", STUDY, "9.9"), "The study has no presentation state of that number."),
        (("write", STUDY, "kept.dcm", "--film", "9.9"), "The study has no film of that number."),
        (("write", STUDY, "no/such/folder/kept.dcm"), "could not be written there"),
    ],
)
def test_what_is_not_there_is_a_sentence(films, capsys, arguments, sentence):
    run(capsys, "list", STUDY, "--add", films)
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (1, "")
    assert sentence in err
    assert "Traceback" not in err


def test_a_study_without_a_state_says_so(films, capsys):
    (films / "state.dcm").unlink()
    status, out, err = run(capsys, "list", STUDY, "--add", films)
    assert (status, out) == (0, "")
    assert "No presentation state" in err
