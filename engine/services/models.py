"""Models of a workspace: imported from packs, tried, put to use, and taken back.

Which model is in use is said by the audit trail alone: its newest entry about it. So the choice is
chained and counted like everything else that matters, and the model before is never lost.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

from engine.domain.audit import AuditAction, AuditEvent
from engine.domain.model_pack import INSTALLED, ModelPack, ModelTrial, pack_name
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.study import Study
from engine.domain.user import Permission
from engine.errors import BundleError, ModelError, NotFoundError, StorageError
from engine.inference.manifest import manifest_sha256, read_manifest, verify_bundle
from engine.services.draft_making import Decode
from engine.services.model_trial import try_model
from engine.storage.unit_of_work import Store
from engine.workers.inference_client import InferenceClient

OnChoice = Callable[[Path, str], None]
"""Takes the folder of the model to draft with, and its manifest's hash or nothing."""
_FOLDER_LETTERS = 32
_SUBJECT = "model"
"""Subject of all entries about models: the trail is looked up by subjects."""


class Models:
    """Models of the workspace. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
        folder: Where imported models lie.
        installed: Folder of the model that came with the program.
        decode: Decodes a film of the trial.
        trial_studies: Finds the demo studies.
        on_choice: Called one by one when another model is put to use.
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        installed: Path,
        *,
        decode: Decode,
        trial_studies: Callable[[], tuple[Study, ...]],
        on_choice: Sequence[OnChoice],
    ) -> None:
        self._store = store
        self._folder = folder
        self._installed = installed
        self._decode = decode
        self._trial_studies = trial_studies
        self._on_choice = on_choice

    def apply(self) -> None:
        """Hand out the model that is in use, once the workspace is open."""
        chosen = self._choices()[0]
        self._hand_out(chosen)

    def packs(self) -> tuple[ModelPack, ...]:
        """The installed model first, then the imported ones in the order of their import."""
        used, former = self._choices()
        events = self._events(AuditAction.MODEL_IMPORTED)
        imported = {str(event.details["sha256"]): event for event in events}
        return tuple(
            self._pack(sha256, used, former, imported.get(sha256)) for sha256 in ("", *imported)
        )

    def import_pack(
        self,
        source: Path,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> ModelPack:
        """Copy a pack into the workspace, check it and try it; it is not put to use by that.

        Args:
            source: A ZIP archive, or a folder.
            progress: Counts the demo studies of the trial.
            cancel: Stops it; nothing is kept.

        Raises:
            AccessError: The user may not import models.
            BundleError: It cannot be used; the message says why.
            StorageError: The workspace cannot be written.
            WorkerError: A worker failed.
            CancelledError: `cancel` was set.
        """
        self._store.require(Permission.CHOOSE_MODEL)
        progress(Progress(done=0, total=0, message="Checking the model's files"))
        unfinished = self._folder / f".unfinished-{uuid4().hex}"
        client = InferenceClient(unfinished)
        try:
            self._make_room()
            client.unpack(source, cancel=cancel)
            sha256 = self._require_new(unfinished)
            studies = self._trial_studies()
            trial = try_model(client, studies, self._decode, progress=progress, cancel=cancel)
            client.close()
            self._keep(unfinished, sha256, trial)
        finally:
            client.close()
            shutil.rmtree(unfinished, ignore_errors=True)
        return next(pack for pack in self.packs() if pack.sha256 == sha256)

    def use(self, name: str) -> ModelPack:
        """Draft with a model from here on.

        Raises:
            AccessError: The user may not put models to use.
            NotFoundError: There is none of that name.
            BundleError: Its files are not what they were; the model in use stays in use.
        """
        self._store.require(Permission.CHOOSE_MODEL)
        pack = next((pack for pack in self.packs() if name in (pack.name, pack.title)), None)
        if pack is None:
            raise NotFoundError(
                f"There is no model {name} in this workspace.",
                what_to_do="List the models, or import the model's pack first.",
            )
        self._choose("" if pack.name == INSTALLED else pack.sha256)
        return next(one for one in self.packs() if one.is_used)

    def back(self) -> ModelPack:
        """Draft again with the model that was used before; done twice, it changes nothing.

        Raises:
            NotFoundError: No other model was used before.
            AccessError, BundleError: As for `use`.
        """
        self._store.require(Permission.CHOOSE_MODEL)
        _used, former = self._choices()
        if former is None:
            raise NotFoundError("No other model was used in this workspace before.")
        self._choose(former)
        return next(one for one in self.packs() if one.is_used)

    def _choose(self, sha256: str) -> None:
        place = self._place(sha256)
        manifest = verify_bundle(place)
        if sha256 not in ("", manifest_sha256(place)):
            raise BundleError(
                "The model's files are not those that were imported.",
                what_to_do="Import the model again.",
            )
        details = {"model": f"{manifest.bundle_id} {manifest.version}", "sha256": sha256}
        with self._store.change(Permission.CHOOSE_MODEL) as unit:
            unit.audit.record(AuditAction.MODEL_CHOSEN, _SUBJECT, details)
        self._hand_out(sha256)

    def _hand_out(self, sha256: str) -> None:
        for take in self._on_choice:
            take(self._place(sha256), sha256)

    def _choices(self) -> tuple[str, str | None]:
        """The model in use and the one before, by hash; empty for the installed one."""
        events = self._events(AuditAction.MODEL_CHOSEN)
        chosen = ["", *(str(event.details["sha256"]) for event in events)]
        used = chosen[-1]
        return used, next((one for one in reversed(chosen) if one != used), None)

    def _events(self, action: AuditAction) -> tuple[AuditEvent, ...]:
        with self._store.look() as unit:
            return unit.audit.about(action, _SUBJECT)

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:_FOLDER_LETTERS] if sha256 else self._installed

    def _pack(
        self, sha256: str, used: str, former: str | None, imported: AuditEvent | None
    ) -> ModelPack:
        place, problem, manifest, found = self._place(sha256), "", None, ""
        try:
            manifest, found = read_manifest(place), manifest_sha256(place)
        except ModelError as error:
            problem = error.message
        if sha256 and manifest is not None and found != sha256:
            problem = "The model's files are not those that were imported."
        name = INSTALLED
        if imported is not None:
            name = str(imported.details["name"])
        return ModelPack(
            name=name,
            manifest=manifest,
            sha256=sha256 or found,
            is_used=sha256 == used,
            is_former=sha256 == former,
            trial=None if imported is None else ModelTrial(**imported.details["trial"]),
            problem=problem,
        )

    def _make_room(self) -> None:
        try:
            self._folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageError("The workspace has no room for another model.") from error

    def _require_new(self, folder: Path) -> str:
        """The pack's hash; refuses one that is here already, or another of the same name."""
        manifest, sha256 = read_manifest(folder), manifest_sha256(folder)
        name = pack_name(manifest)
        for pack in self.packs():
            if pack.sha256 == sha256 and not pack.problem:
                raise BundleError(f"The model {pack.title} is here already.")
            is_same = pack.manifest is not None and pack_name(pack.manifest) == name
            if is_same and pack.sha256 != sha256:
                raise BundleError(
                    f"Another model called {pack.title} is here already.",
                    what_to_do="A model that was made anew needs another version.",
                )
        return sha256

    def _keep(self, unfinished: Path, sha256: str, trial: ModelTrial) -> None:
        """Move the model into place, then record it: one without an entry is never used."""
        name, place = pack_name(read_manifest(unfinished)), self._place(sha256)
        try:
            shutil.rmtree(place, ignore_errors=True)
            unfinished.rename(place)
        except OSError as error:
            raise StorageError("The model could not be kept in the workspace.") from error
        with self._store.change(Permission.CHOOSE_MODEL) as unit:
            details = {"name": name, "sha256": sha256, "trial": asdict(trial)}
            unit.audit.record(AuditAction.MODEL_IMPORTED, _SUBJECT, details)
