"""The product's side of the decode worker: scans, pixels and inspections as our own values."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from engine.dicom.file_facts import no_facts
from engine.dicom.tree import FoundImage, StudyTree, study_tree, told_apart
from engine.documents.mrrt import ImportedTemplate
from engine.domain.anonymous_film import AnonymousFilm
from engine.domain.delivery import Acknowledgement
from engine.domain.header import HeaderElement
from engine.domain.image import PixelImage
from engine.domain.order import OrderFile
from engine.domain.presentation_state import PresentationRef, PresentationState
from engine.domain.prior_document import DocumentContent, PriorDocument
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.study import (
    ImageRef,
    ScanResult,
    SkippedFile,
    Study,
    StudyUid,
)
from engine.errors import InputError, WorkerError
from engine.files import walk
from engine.workers.header_reading import HeaderOutcome, read_headers
from engine.workers.limits import DECODE_LIMITS, INCOMING_LIMITS
from engine.workers.plain import from_plain, to_plain, value_of
from engine.workers.pool import WorkerProcess

FILE_TIMEOUT_S = 15.0
_LOG = logging.getLogger(__name__)
# Listing is disk work without decoding. Progress counts as a sign of life, but a slow disk sends
# none.
_FIND_TIMEOUT_S = 120.0
_SAME = "The same image was found before."
_CUT_SHORT = "It is cut short or damaged; another copy of the same image was taken."
_NOT_WHOLE = "It is cut short: the picture ends before its end."
# This many files are read before the rest is even listed, to show something at once.
_FIRST_FILES = 24
# From this many files on, starting a second process pays off.
_MANY_FILES = 200
_PASS_ON_EVERY_S = 1.0
StudySink = Callable[[tuple[Study, ...]], None]
PresentationSink = Callable[[PresentationRef], None]
DocumentSink = Callable[[PriorDocument], None]


def ignore_studies(_studies: tuple[Study, ...]) -> None:
    """Discard studies, for callers that wait for the end of the scan."""


def ignore_presentation(_ref: PresentationRef) -> None:
    """Discard presentation states, for callers that show films as their own files ask."""


def ignore_document(_document: PriorDocument) -> None:
    """Discard documents, for callers that show no reports of other systems."""


class DecodeClient:
    """Sends requests to the decode worker; methods may block, and any thread may call them.

    Args:
        is_incoming: Whether it serves files that nobody chose: it gives way to other workers, and a
            scan leaves out pictures and films that are not whole.
    """

    def __init__(self, *, is_incoming: bool = False) -> None:
        self._is_incoming = is_incoming
        limits = INCOMING_LIMITS if is_incoming else DECODE_LIMITS
        self._worker = WorkerProcess("decode", limits=limits, timeout_s=FILE_TIMEOUT_S)
        # The second worker of a long scan; it ends with the scan.
        self._helper = WorkerProcess("decode", limits=limits, timeout_s=FILE_TIMEOUT_S)
        self._passwords: dict[str, str] = {}

    @property
    def pid(self) -> int | None:
        """Process id of the running worker, or None."""
        return self._worker.pid

    def start(self) -> None:
        """Start the worker ahead of its first use."""
        self._worker.start()

    def unlock(self, archive: Path, password: str) -> None:
        """Remember an encrypted ZIP archive's password until this client is closed."""
        self._passwords[str(archive.absolute())] = password

    def scan(
        self,
        paths: Sequence[Path],
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
        on_found: StudySink = ignore_studies,
        on_presentation: PresentationSink = ignore_presentation,
        on_document: DocumentSink = ignore_document,
    ) -> ScanResult:
        """Find the studies in files, folders, ZIP archives and DICOMDIRs.

        A file that cannot be read, hangs for 15 s or kills its decoder is in `skipped` with a plain
        sentence; the scan goes on with the rest.

        Args:
            paths: What the user named.
            progress: Called after each file.
            cancel: Stops the scan.
            on_found: Called in this thread with the studies that grew since its last call: soon for
                the first ones, then at growing intervals, and once more when the scan ends or is
                cancelled. A study is only passed again if it grew.
            on_presentation: Called in this thread with each presentation state that is found.
            on_document: Called in this thread with each report of another system that is found.

        Raises:
            CancelledError: `cancel` was set.
        """
        gathering = _Gathering(
            on_found, on_presentation, on_document, paths, is_incoming=self._is_incoming
        )
        cancel = cancel or CancelToken()
        try:
            first = self._find(paths, progress, cancel, at_most=_FIRST_FILES)
            self._read(first.candidates, gathering, progress, cancel)
            gathering.pass_on()
            found = self._find(paths, progress, cancel)
            self._read(found.candidates, gathering, progress, cancel)
            gathering.found = told_apart(gathering.found, partial(self._contents, cancel))
        finally:
            gathering.pass_on()
            self._let_go()
        tree = gathering.tree
        skipped = (*found.skipped, *gathering.unreadable, *_repeats(tree))
        return ScanResult(studies=tree.studies, skipped=skipped, locked=found.locked)

    def list_files(self, paths: Sequence[Path]) -> tuple[Path, ...]:
        """The paths themselves, and for folders every file below them, in order.

        Nothing is opened: a ZIP archive or a DICOMDIR is one file. A path that does not exist is
        listed too, so that `inspect` can say so.
        """
        files: list[Path] = []
        for path in paths:
            if path.is_dir():
                # An unreadable folder is listed too, so that `inspect` can say so.
                below: list[Path] = []
                for folder, _, names in walk(path, below.append):
                    below.extend(folder / name for name in names)
                files.extend(sorted(below))
            else:
                files.append(path)
        return tuple(dict.fromkeys(files))

    def pixels(
        self, image: ImageRef, *, frame: int = 0, cancel: CancelToken | None = None
    ) -> PixelImage:
        """Decode one frame; raises `InputError` or `WorkerError`."""
        arguments = {
            **self._candidate(str(image.path), image.member),
            "sop_uid": image.uid_in_file,
            "frame": frame,
        }
        reply = self._worker.request("pixels", arguments, cancel=cancel)
        pixels = value_of(PixelImage, reply)
        if pixels.starts_like:
            _LOG.warning("A film that was opened also starts like a %s.", pixels.starts_like)
        return replace(pixels, notes=(*image.notes, *pixels.notes)) if image.notes else pixels

    def anonymous(self, image: ImageRef, key: bytes) -> AnonymousFilm:
        """A film's file without its patient's identity; raises `InputError` or `WorkerError`.

        Args:
            image: The film.
            key: Secret of the codes that replace identifiers; never the database's own key.
        """
        arguments = {
            **self._candidate(str(image.path), image.member),
            "sop_uid": image.uid_in_file,
            "key": key.hex(),
        }
        return value_of(AnonymousFilm, self._worker.request("anonymous", arguments))

    def presentation(self, ref: PresentationRef, image: ImageRef) -> PresentationState:
        """A presentation state read for one film; raises `InputError` or `WorkerError`."""
        arguments = {
            **self._candidate(str(ref.path), ref.member),
            "film": image.uid_in_file,
            "rows": image.rows,
            "columns": image.columns,
        }
        return value_of(PresentationState, self._worker.request("presentation", arguments))

    def document(self, document: PriorDocument) -> DocumentContent:
        """The content of another system's report; raises `InputError` or `WorkerError`."""
        return value_of(DocumentContent, self._worker.request("document", self._document(document)))

    def page(self, document: PriorDocument, page: int, width: int) -> NDArray[np.uint8]:
        """One page of a PDF, `(rows, columns, 3)` RGB; raises `InputError` or `WorkerError`."""
        arguments = {**self._document(document), "page": page, "width": width}
        for picture in self._worker.request("page", arguments).arrays:
            if picture.dtype == "uint8" and picture.ndim == 3 and picture.shape[2] == 3:
                return picture
        raise WorkerError("The decoder's answer made no sense.")

    def elements(self, image: ImageRef) -> tuple[HeaderElement, ...]:
        """A film's whole header as text; raises `InputError` or `WorkerError`."""
        arguments = self._candidate(str(image.path), image.member)
        return value_of(tuple[HeaderElement, ...], self._worker.request("elements", arguments))

    def template(self, path: Path) -> ImportedTemplate:
        """Read an MRRT report template; raises `InputError` or `WorkerError`."""
        return value_of(ImportedTemplate, self._worker.request("template", {"path": str(path)}))

    def orders(self, path: Path) -> OrderFile:
        """The orders in a file; raises `InputError` or `WorkerError`."""
        return value_of(OrderFile, self._worker.request("orders", {"path": str(path)}))

    def acknowledgements(self, path: Path) -> tuple[Acknowledgement, ...]:
        """What a file of HL7 acknowledgements says; raises `InputError` or `WorkerError`."""
        reply = self._worker.request("acknowledgements", {"path": str(path)})
        return value_of(tuple[Acknowledgement, ...], reply)

    def inspect(self, path: Path) -> dict[str, Any]:
        """Facts about one file (`engine.dicom.inspection.inspect`); a bad file does not raise."""
        try:
            facts: dict[str, Any] = self._worker.request("inspect", {"path": str(path)}).value
        except (InputError, WorkerError) as error:
            return no_facts(str(path), error.message)
        return facts

    def rest(self) -> None:
        """End the worker, which takes memory; the next request starts another one."""
        self._worker.stop()

    def close(self) -> None:
        """End the workers."""
        self._worker.close()
        self._helper.close()

    def __enter__(self) -> Self:
        """Return the client itself; leaving the context closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _find(
        self,
        paths: Sequence[Path],
        progress: ProgressSink,
        cancel: CancelToken | None,
        *,
        at_most: int = 0,
    ) -> _Listing:
        arguments = {
            "paths": [str(Path(path).absolute()) for path in paths],
            "passwords": dict(self._passwords),
            "at_most": at_most,
        }
        reply = self._worker.request(
            "find", arguments, timeout_s=_FIND_TIMEOUT_S, progress=progress, cancel=cancel
        ).value
        return _Listing(
            candidates=[(str(path), str(member)) for path, member in reply["candidates"]],
            skipped=tuple(from_plain(SkippedFile, item) for item in reply["skipped"]),
            locked=tuple(Path(path) for path in reply["locked"]),
        )

    def _read(
        self,
        candidates: Sequence[tuple[str, str]],
        gathering: _Gathering,
        progress: ProgressSink,
        cancel: CancelToken,
    ) -> None:
        """Read the headers of the candidates that were not read before."""
        total = len(candidates)
        new = [candidate for candidate in candidates if candidate not in gathering.read]
        gathering.read.update(new)
        files = [
            {
                **self._candidate(path, member),
                "is_named": not member and path in gathering.named,
            }
            for path, member in new
        ]
        is_long = len(files) > _MANY_FILES and (os.cpu_count() or 1) > 1
        workers = [self._worker, self._helper] if is_long else [self._worker]
        outcomes = read_headers(workers, files, cancel)
        with closing(outcomes):
            for done, ((path, member), outcome) in enumerate(
                zip(new, outcomes, strict=True), start=total - len(new) + 1
            ):
                gathering.take(path, member, outcome)
                gathering.pass_on_when_due()
                progress(Progress(done=done, total=total, message=f"{done} of {total} files read"))
                cancel.raise_if_cancelled()

    def _contents(self, cancel: CancelToken | None, images: Sequence[ImageRef]) -> list[str]:
        """A name for the pixels of each image; empty if they cannot be read.

        Copies have identical stored bytes, which are quick to compare; only if these differ, the
        pixels are decoded.
        """
        stored = [self._stored(image, cancel) for image in images]
        if len(set(stored)) == 1:
            return stored
        return [self._content(image, cancel) for image in images]

    def _stored(self, image: ImageRef, cancel: CancelToken | None) -> str:
        arguments = self._candidate(str(image.path), image.member)
        with suppress(InputError, WorkerError):
            return str(self._worker.request("stored", arguments, cancel=cancel).value)
        return ""

    def _content(self, image: ImageRef, cancel: CancelToken | None) -> str:
        with suppress(InputError, WorkerError):
            return self.pixels(image, cancel=cancel).samples_sha256
        return ""

    def _let_go(self) -> None:
        """End the second worker; if the first runs, close the archive that it read last."""
        self._helper.stop()
        if self._worker.pid is not None:
            with suppress(WorkerError):
                self._worker.request("scanned", {})

    def _document(self, document: PriorDocument) -> dict[str, Any]:
        place = self._candidate(str(document.path), document.member)
        return {**place, "document": to_plain(document)}

    def _candidate(self, path: str, member: str) -> dict[str, str]:
        return {"path": path, "member": member, "password": self._passwords.get(path, "")}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """The result of the worker's `find`."""

    candidates: list[tuple[str, str]]
    skipped: tuple[SkippedFile, ...]
    locked: tuple[Path, ...]


class _Gathering:
    """Headers read so far; passes on the studies that changed, at growing intervals."""

    def __init__(
        self,
        on_found: StudySink,
        on_presentation: PresentationSink,
        on_document: DocumentSink,
        paths: Sequence[Path],
        *,
        is_incoming: bool,
    ) -> None:
        # Pictures count only if they are named themselves: a CD's folders are full of logos.
        self.named = set() if is_incoming else {str(Path(path).absolute()) for path in paths}
        self._is_incoming = is_incoming
        self.read: set[tuple[str, str]] = set()
        self.found: list[FoundImage] = []
        self.unreadable: list[SkippedFile] = []
        self._on_found = on_found
        self._on_presentation = on_presentation
        self._on_document = on_document
        self._passed_on: dict[StudyUid, int] = {}
        self._due = time.monotonic() + _PASS_ON_EVERY_S

    @property
    def tree(self) -> StudyTree:
        """The studies of everything read so far."""
        return study_tree(self.found)

    def take(self, path: str, member: str, outcome: HeaderOutcome) -> None:
        """Take what a header described: an image, a presentation state, a report, or an error."""
        try:
            self._keep(outcome)
        except (InputError, WorkerError) as error:
            self.unreadable.append(
                SkippedFile(
                    name=f"{Path(path).name}/{member}" if member else path,
                    reason=error.message,
                    path=Path(path),
                    member=member,
                    may_be_film=outcome.may_be_film,
                )
            )

    def _keep(self, outcome: HeaderOutcome) -> None:
        header = outcome.found
        if header is None:
            raise InputError(outcome.error)
        if "presentation" in header:
            self._on_presentation(from_plain(PresentationRef, header["presentation"]))
        elif "document" in header:
            self._on_document(from_plain(PriorDocument, header["document"]))
        else:
            found = from_plain(FoundImage, header)
            if self._is_incoming and not found.image.is_whole:
                raise InputError(found.image.lost_part or _NOT_WHOLE)
            self.found.append(found)

    def pass_on_when_due(self) -> None:
        """Pass on changed studies, unless that was done a moment ago."""
        if time.monotonic() >= self._due:
            self.pass_on()

    def pass_on(self) -> None:
        """Pass on the studies whose films changed since they were last passed on."""
        started = time.monotonic()
        studies = self.tree.studies
        grown = tuple(s for s in studies if hash(s.series) != self._passed_on.get(s.uid))
        self._passed_on.update({study.uid: hash(study.series) for study in grown})
        if grown:
            self._on_found(grown)
        # Grouping and storing cost more the more there is: spend at most a tenth of the time on it.
        now = time.monotonic()
        self._due = now + max(_PASS_ON_EVERY_S, 9 * (now - started))


def _repeats(tree: StudyTree) -> Iterator[SkippedFile]:
    for image in tree.repeats:
        name = f"{image.path.name}/{image.member}" if image.member else str(image.path)
        reason = _SAME if image.is_whole else _CUT_SHORT
        yield SkippedFile(name=name, reason=reason, path=image.path, member=image.member)
