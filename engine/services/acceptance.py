"""An acceptance test: a site's own films drafted by a model, beside the site's own reports.

It needs no workspace and stores nothing but, if asked for, how far it got. Drafts are made as for
readers, by the same worker, choice of films and gate.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from engine.documents.acceptance_sheet import render_sheet
from engine.domain.acceptance import DRAFTING, AcceptanceResult, StudyOutcome
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.report import Draft
from engine.errors import CancelledError, ExportError, InputError, ModelError, NegatoscopeError
from engine.files import write_atomically
from engine.inference.manifest import manifest_sha256, verify_bundle
from engine.language.findings import labels
from engine.services.acceptance_figures import figures_of
from engine.services.acceptance_material import Case, Material, find_material
from engine.services.draft_making import DraftMaker
from engine.settings import load_settings
from engine.workers.decode_client import DecodeClient
from engine.workers.inference_client import InferenceClient


def run_acceptance(
    films: Path,
    model: Path,
    *,
    kept: Path | None = None,
    progress: ProgressSink = ignore_progress,
    cancel: CancelToken | None = None,
) -> AcceptanceResult:
    """Draft every study of a folder that has a report, and count the agreement.

    Args:
        films: As for `find_material`.
        model: A bundle's folder, or a model pack.
        kept: File that each draft's findings are added to at once; a run that was stopped goes on
            from it. It names no study: only hashes.
        progress: Counts the studies.
        cancel: Stops it.

    Raises:
        InputError: The folder holds no study with a report, or a table cannot be read.
        ModelError: The model cannot be used.
        CancelledError: `cancel` was set.
        ExportError: `kept` cannot be written.
    """
    cancel = cancel or CancelToken()
    with _opened(model) as (bundle, client), DecodeClient() as decoder:
        manifest, sha256 = verify_bundle(bundle), manifest_sha256(bundle)
        material = find_material(films, decoder, progress, cancel)
        maker = DraftMaker(
            client,
            lambda image, token: decoder.pixels(image, cancel=token),
            lambda: datetime.now(UTC),
        )
        outcomes: list[StudyOutcome] = []
        references: Counter[str] = Counter()
        with _Kept.opened(kept, sha256) as known:
            for case, drafted in _drafted(material, maker, bundle, known, (progress, cancel)):
                outcomes.append(_outcome(case, drafted))
                references[case.reference] += 1
    _require_some(outcomes, material)
    return AcceptanceResult(
        model=f"{manifest.bundle_id} {manifest.version}",
        model_sha256=sha256,
        licence=manifest.licence,
        program=version("negatoscope"),
        day=datetime.now(UTC).astimezone().date(),
        references=tuple(references.most_common()),
        left_out=tuple(material.left_out.most_common()),
        figures=figures_of(outcomes),
    )


def _require_some(outcomes: list[StudyOutcome], material: Material) -> None:
    if not outcomes:
        reasons = " ".join(reason for reason, _count in material.left_out.most_common(3))
        raise InputError(
            f"No study could be compared with a report. {reasons}".strip(),
            what_to_do="docs/administration.md says how films and reports have to lie.",
        )


Drafted = tuple[tuple[str, ...], float]
"""Findings that a draft asserts, and its time in seconds."""


class _Kept:
    """Drafts of an earlier run that was stopped, and a file that new ones are added to."""

    def __init__(self, known: dict[str, Drafted], stream: IO[str] | None) -> None:
        self.known = known
        self._stream = stream

    @classmethod
    @contextmanager
    def opened(cls, path: Path | None, model_sha256: str) -> Iterator[_Kept]:
        """The file's drafts of this model; raises `InputError` for a file of something else."""
        if path is None:
            yield cls({}, None)
            return
        header = {"model": model_sha256, "program": version("negatoscope")}
        known = _read(path, header)
        try:
            with path.open("r+" if known else "w", encoding="utf-8") as stream:
                # What a kill left half written would spoil the next line.
                stream.seek(_whole_lines(path) if known else 0)
                stream.truncate()
                if not known:
                    stream.write(json.dumps(header) + "\n")
                yield cls(known, stream)
        except OSError as error:
            raise ExportError(
                "The file that keeps what is done cannot be written.",
                what_to_do="Name a file in a folder that you may write to.",
            ) from error

    def add(self, key: str, drafted: Drafted) -> None:
        """Write one draft's findings at once."""
        if self._stream is not None:
            line = {"study": key, "drafted": list(drafted[0]), "seconds": round(drafted[1], 3)}
            self._stream.write(json.dumps(line) + "\n")
            self._stream.flush()


def _drafted(
    material: Material,
    maker: DraftMaker,
    bundle: Path,
    kept: _Kept,
    watch: tuple[ProgressSink, CancelToken],
) -> Iterator[tuple[Case, Drafted]]:
    """Each case with its draft; a study that cannot be drafted is counted with the reason."""
    progress, cancel = watch
    cases, total = material.cases, len(material.cases)
    for done, case in enumerate(cases):
        cancel.raise_if_cancelled()
        progress(Progress(done=done, total=total, message=DRAFTING))
        drafted = kept.known.get(case.key)
        if drafted is None:
            try:
                draft = maker.draft(case.study, bundle, choice=case.choice, cancel=cancel)
            except (CancelledError, ModelError):
                raise
            except NegatoscopeError as error:
                material.left_out[error.message] += 1
                continue
            drafted = (_findings(draft), draft.seconds.total)
            kept.add(case.key, drafted)
        yield case, drafted
    progress(Progress(done=total, total=total, message=DRAFTING))


def _findings(draft: Draft) -> tuple[str, ...]:
    found = (labels(sentence.text) for sentence in draft.sentences)
    return tuple(sorted(frozenset[str]().union(*found)))


def _outcome(case: Case, drafted: Drafted) -> StudyOutcome:
    return StudyOutcome(
        drafted=drafted[0],
        reported=tuple(sorted(case.reported)),
        is_abnormal=case.is_abnormal,
        groups=case.groups,
        seconds=drafted[1],
    )


@contextmanager
def _opened(model: Path) -> Iterator[tuple[Path, InferenceClient]]:
    """The bundle's folder and a worker for it; a pack is unpacked into a folder that goes again."""
    with TemporaryDirectory(prefix="negatoscope-") as place:
        client = InferenceClient(model)
        try:
            if not model.is_dir():
                client.folder = Path(place) / "model"
                client.unpack(model)
            yield client.folder, client
        finally:
            client.close()


def _whole_lines(path: Path) -> int:
    """Number of bytes up to the last line that was written to its end."""
    return path.read_bytes().rfind(b"\n") + 1


def _read(path: Path, header: dict[str, str]) -> dict[str, Drafted]:
    if not path.exists():
        return {}
    try:
        # A run that was killed may have left half a line at the end.
        *lines, rest = path.read_text("utf-8").split("\n")
        is_begun = json.dumps(header).startswith(rest)
        objects: list[Any] = [json.loads(line) for line in lines or ([] if is_begun else [rest])]
        if objects and objects[0] != header:
            raise InputError(
                "The file that keeps what is done is of another model or version of the program.",
                what_to_do="Name another file.",
            )
        return {one["study"]: (tuple(one["drafted"]), float(one["seconds"])) for one in objects[1:]}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            "The file that keeps what is done is not one of an acceptance test.",
            what_to_do="Name another file.",
        ) from error


def write_sheet(result: AcceptanceResult, to: Path) -> None:
    """Write the result's sheet as PDF, with the site's letterhead; raises `ExportError`."""
    settings = load_settings()
    content = render_sheet(result, settings.institution, settings.letterhead.splitlines())
    try:
        write_atomically(to, content)
    except OSError as error:
        raise ExportError(
            "The sheet could not be saved there.",
            what_to_do="Choose a folder that exists and that you may write to.",
        ) from error
