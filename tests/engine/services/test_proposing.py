"""The proposed cardiothoracic ratio on the demo films, over the real worker and the real model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import paths
from engine.domain.annotation import new_annotation
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.image import PixelImage
from engine.domain.study import ImageRef, Study, View
from engine.errors import BundleError, NoSuitableFilmError
from engine.imaging.line_measurements import cardiothoracic_widths
from engine.imaging.measurement import Frame
from engine.services.proposing import Proposing
from engine.services.workspace import Workspace
from engine.storage.unit_of_work import utc_now


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.open_demo(tmp_path_factory.mktemp("demo") / "workspace") as opened:
        yield opened


def first(workspace: Workspace, name: str, position: str = "PA") -> tuple[Study, ImageRef]:
    """The newest demo study of a patient with a film in that projection."""
    for row in workspace.library.studies():
        study = workspace.library.study(row.uid)
        for image in study.images:
            if name in study.patient.name and image.view_position == position:
                return study, image
    raise AssertionError(name)


@pytest.fixture(scope="module")
def plain(workspace: Workspace) -> tuple[ImageRef, PixelImage]:
    """A frontal film without a finding, and its pixels."""
    _, image = first(workspace, "Bergstr")
    return image, workspace.library.pixels(image)


def test_lines_lie_on_the_film_and_are_horizontal(
    workspace: Workspace, plain: tuple[ImageRef, PixelImage]
) -> None:
    image, film = plain
    found = workspace.proposing.cardiothoracic_ratio(image, film)
    assert found.proposed_by.startswith("chest-outline ")
    assert all(0 <= point.x < film.columns and 0 <= point.y < film.rows for point in found.points)
    top, bottom, heart_right, heart_left, chest_right, chest_left = found.points
    assert top.x == bottom.x
    assert top.y < bottom.y
    assert chest_right.x < heart_right.x < top.x < heart_left.x < chest_left.x
    assert chest_right.y == chest_left.y
    drawn = new_annotation(
        AnnotationKind.CARDIOTHORACIC, image, found.points, author="Reader", now=utc_now()
    )
    heart, chest = cardiothoracic_widths(drawn, Frame(x=1.0, y=1.0, unit="px", kind=""))
    assert 0.35 < heart / chest < 0.55


def test_the_same_film_gives_the_same_lines(
    workspace: Workspace, plain: tuple[ImageRef, PixelImage]
) -> None:
    image, film = plain
    once, again = (workspace.proposing.cardiothoracic_ratio(image, film) for _ in range(2))
    assert once == again


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"view_position": "AP"}, "taken AP"),
        ({"description": "Chest AP supine"}, "taken AP"),
        ({"view": View.LATERAL}, "lateral"),
        ({"view": View.OTHER}, "not a frontal chest film"),
        ({"body_part": "KNEE"}, "not a frontal chest film"),
        ({"frames": 3}, "not a frontal chest film"),
        ({"transfer_syntax": "PNG"}, "a picture"),
    ],
)
def test_a_header_that_speaks_against_it_is_believed(
    workspace: Workspace,
    plain: tuple[ImageRef, PixelImage],
    changes: dict[str, object],
    reason: str,
) -> None:
    image, film = plain
    with pytest.raises(NoSuitableFilmError, match=reason):
        workspace.proposing.cardiothoracic_ratio(replace(image, **changes), film)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda samples: np.rot90(samples, 2), "upside down"),
        (np.rot90, "on its side"),
        (lambda samples: samples.max() - samples, "black and white"),
        (
            lambda samples: samples[: len(samples) // 3],
            "upside|does not look|lateral|not found",
        ),
    ],
)
def test_pixels_that_speak_against_it_are_believed(
    workspace: Workspace,
    plain: tuple[ImageRef, PixelImage],
    change: object,
    reason: str,
) -> None:
    image, film = plain
    other = replace(film, samples=np.ascontiguousarray(change(film.samples)))  # type: ignore[operator]
    with pytest.raises(NoSuitableFilmError, match=reason):
        workspace.proposing.cardiothoracic_ratio(image, other)


def test_a_child_gets_none(
    workspace: Workspace, plain: tuple[ImageRef, PixelImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    image, film = plain
    study = workspace.library.study(image.study_uid)
    child = replace(study, patient=replace(study.patient, birth_date=None), patient_age="009Y")
    monkeypatch.setattr(workspace.library, "study", lambda _uid: child)
    with pytest.raises(NoSuitableFilmError, match="child"):
        workspace.proposing.cardiothoracic_ratio(image, film)


def test_without_the_model_it_is_said(
    workspace: Workspace, plain: tuple[ImageRef, PixelImage], tmp_path: Path
) -> None:
    proposing = Proposing(workspace.library, workspace.proposing._model, tmp_path)
    with pytest.raises(BundleError, match="not installed"):
        proposing.cardiothoracic_ratio(*plain)
    assert paths.outline_model().is_dir()
