"""Model packs in a workspace: tried before they are used, one step back, never by who may not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from testkit.dicom_files import chest_like
from testkit.studies import film, study
from testkit.tiny_bundle import write_tiny_bundle

from engine.domain.audit import AuditAction
from engine.domain.image import PixelImage
from engine.domain.model_pack import INSTALLED
from engine.domain.progress import CancelToken
from engine.domain.study import ImageRef, View
from engine.domain.user import Permission
from engine.errors import AccessError, BundleError, CancelledError, NotFoundError
from engine.imaging.preprocess import grey_image
from engine.inference.manifest import read_manifest, write_manifest
from engine.inference.pack import write_pack
from engine.services import model_trial
from engine.services.models import Models
from engine.storage.folder import WorkspaceFolder
from engine.storage.unit_of_work import Store, utc_now

SAID = "the heart is normal in size . no pleural effusion ."
STUDY = study(film("1.1", view=View.FRONTAL))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    folder = WorkspaceFolder(root=tmp_path / "workspace")
    folder.prepare()
    _, key = folder.create(user_name="Reader", passphrase=None, clock=utc_now)
    database, _ = folder.open(key, utc_now)
    yield Store(database)
    database.close()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    write_tiny_bundle(folder)
    return folder


def decode(image: ImageRef, _cancel: CancelToken) -> PixelImage:
    return grey_image(chest_like(image.rows, image.columns, bits=8, seed=1).astype(np.uint8))


class Desk:
    """Models over a real database, and what is drafted with."""

    def __init__(self, store: Store, installed: Path, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.drafted_with: list[tuple[Path, str]] = []
        self.models = Models(
            store,
            folder,
            installed,
            decode=decode,
            trial_studies=lambda: (STUDY,),
            on_choice=[lambda place, sha256: self.drafted_with.append((place, sha256))],
        )

    @property
    def used(self) -> str:
        return next(pack.name for pack in self.models.packs() if pack.is_used)

    def events(self, action: AuditAction) -> list[dict]:
        with self.store.look() as unit:
            return [dict(event.details) for event in unit.audit.about(action, "model")]


@pytest.fixture
def desk(store: Store, installed: Path, tmp_path: Path) -> Desk:
    return Desk(store, installed, tmp_path / "workspace" / "models")


def bundle(folder: Path, version: str = "1.0", *, says: str = SAID, **shape: object) -> Path:
    manifest = write_tiny_bundle(folder, says=says, **shape)
    write_manifest(folder, replace(manifest, version=version))
    return folder


def refused(desk: Desk, source: Path) -> str:
    """Why a pack was refused; what was in use is still in use and nothing was kept."""
    with pytest.raises(BundleError) as error:
        desk.models.import_pack(source)
    assert desk.used == INSTALLED
    assert [pack.name for pack in desk.models.packs()] == [INSTALLED]
    assert not list(desk.folder.iterdir())
    return error.value.message


def test_a_pack_is_imported_used_and_taken_back(desk: Desk, tmp_path: Path) -> None:
    write_pack(bundle(tmp_path / "made"), tmp_path / "model.zip")
    pack = desk.models.import_pack(tmp_path / "model.zip")
    assert (pack.name, pack.title, pack.is_used) == ("tiny-1.0", "tiny 1.0", False)
    assert pack.trial is not None
    assert (pack.trial.studies, pack.trial.sentences, pack.trial.understood) == (1, 2, 2)
    assert desk.used == INSTALLED
    assert desk.drafted_with == []

    assert desk.models.use("tiny-1.0").name == "tiny-1.0"
    place, pinned = desk.drafted_with[-1]
    assert (read_manifest(place).version, pinned) == ("1.0", pack.sha256)
    assert desk.models.back().name == INSTALLED
    assert desk.drafted_with[-1][1] == ""
    assert desk.models.back().name == "tiny-1.0"
    assert [event["model"] for event in desk.events(AuditAction.MODEL_CHOSEN)] == [
        "tiny 1.0",
        "tiny 0.0",
        "tiny 1.0",
    ]


def test_the_choice_is_there_when_the_workspace_is_opened_again(
    desk: Desk, installed: Path, tmp_path: Path
) -> None:
    pack = desk.models.import_pack(bundle(tmp_path / "made"))
    desk.models.use(pack.title)
    again = Desk(desk.store, installed, desk.folder)
    again.models.apply()
    assert again.drafted_with == [desk.drafted_with[-1]]
    assert [one.name for one in again.models.packs() if one.is_former] == [INSTALLED]


def test_a_changed_file_is_refused(desk: Desk, tmp_path: Path) -> None:
    made = bundle(tmp_path / "made")
    table = made / "tokenizer.json"
    table.write_bytes(table.read_bytes().replace(b"heart", b"liver"))
    assert "tokenizer.json is not the file it should be" in refused(desk, made)


def test_a_graph_of_another_shape_is_refused(desk: Desk, tmp_path: Path) -> None:
    message = refused(desk, bundle(tmp_path / "made", width=16))
    assert "encoder.onnx is not what its description says" in message


def test_a_graph_that_is_none_is_refused(desk: Desk, tmp_path: Path) -> None:
    made = bundle(tmp_path / "made")
    (made / "step.onnx").write_bytes(b"no graph")
    write_manifest(made, read_manifest(made))
    assert "step.onnx cannot be loaded" in refused(desk, made)


def test_a_model_that_writes_nonsense_is_refused(desk: Desk, tmp_path: Path) -> None:
    message = refused(desk, bundle(tmp_path / "made", says="lorem ipsum dolor . sit amet ."))
    assert message.startswith("Of 2 sentences that the model wrote about the demo studies, 0 say")


def test_a_model_that_writes_nothing_is_refused(desk: Desk, tmp_path: Path) -> None:
    assert "wrote no sentence" in refused(desk, bundle(tmp_path / "made", says=". ."))


def test_a_model_without_probabilities_is_refused(desk: Desk, tmp_path: Path) -> None:
    made = bundle(tmp_path / "made")
    graph = onnx.load(str(made / "step.onnx"))
    for tensor in graph.graph.initializer:
        if tensor.name == "bias":
            nothing = np.full(tensor.dims[0], np.nan, dtype=np.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(nothing, "bias"))
    onnx.save(graph, str(made / "step.onnx"))
    write_manifest(made, read_manifest(made))
    assert "did not return probabilities" in refused(desk, made)


def test_a_model_that_never_ends_is_refused(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_trial, "LONGEST_S", 0.5)
    write_tiny_bundle(tmp_path / "made", endless=True)
    write_manifest(tmp_path / "made", replace(read_manifest(tmp_path / "made"), version="1.0"))
    assert "took more than" in refused(desk, tmp_path / "made")


def test_a_model_of_the_same_name_needs_another_version(desk: Desk, tmp_path: Path) -> None:
    assert "tiny 0.0 is here already" in refused(desk, bundle(tmp_path / "made", "0.0"))


def test_a_pack_is_not_imported_twice(desk: Desk, tmp_path: Path) -> None:
    made = bundle(tmp_path / "made")
    desk.models.import_pack(made)
    with pytest.raises(BundleError, match=r"tiny 1.0 is here already"):
        desk.models.import_pack(made)
    assert len(desk.models.packs()) == 2


def test_a_model_that_was_changed_after_its_import_is_not_put_to_use(
    desk: Desk, tmp_path: Path
) -> None:
    desk.models.import_pack(bundle(tmp_path / "made"))
    (kept,) = desk.folder.iterdir()
    manifest = read_manifest(kept)
    write_manifest(kept, replace(manifest, licence="Another one."))
    assert desk.models.packs()[1].problem
    with pytest.raises(BundleError, match="not those that were imported"):
        desk.models.use("tiny-1.0")
    shutil.rmtree(kept)
    with pytest.raises(BundleError):
        desk.models.use("tiny-1.0")
    assert desk.used == INSTALLED


def test_there_is_no_way_back_from_the_first_model(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="No other model"):
        desk.models.back()
    with pytest.raises(NotFoundError, match="no model x"):
        desk.models.use("x")


def test_a_cancelled_import_keeps_nothing(desk: Desk, tmp_path: Path) -> None:
    cancel = CancelToken()
    made = bundle(tmp_path / "made")
    with pytest.raises(CancelledError):
        desk.models.import_pack(made, progress=lambda _now: cancel.cancel(), cancel=cancel)
    assert not list(desk.folder.iterdir())
    assert desk.events(AuditAction.MODEL_IMPORTED) == []


def test_only_an_administrator_imports_and_chooses(desk: Desk, tmp_path: Path) -> None:
    def refuse(permission: Permission) -> None:
        if permission is Permission.CHOOSE_MODEL:
            raise AccessError("You may not look after the model.")

    desk.models.import_pack(bundle(tmp_path / "made"))
    desk.store.guard = refuse
    for attempt in (
        lambda: desk.models.import_pack(bundle(tmp_path / "other", "2.0")),
        lambda: desk.models.use("tiny-1.0"),
        desk.models.back,
    ):
        with pytest.raises(AccessError):
            attempt()
    assert desk.used == INSTALLED
