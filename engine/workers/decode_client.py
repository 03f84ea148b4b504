"""The product's side of the decode worker: scans, pixels and inspections, each in our values."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from engine.dicom.tree import FoundImage, StudyTree, study_tree
from engine.domain.film_graphics import Overlay, Shutter
from engine.domain.header import HeaderElement
from engine.domain.image import PixelImage, VoiLut, Window
from engine.domain.presentation_state import PresentationRef, PresentationState
from engine.domain.prior_document import DocumentContent, PriorDocument
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.study import (
    ImageRef,
    PixelSpacing,
    ScanResult,
    SkippedFile,
    Study,
    StudyUid,
)
from engine.errors import InputError, WorkerError
from engine.files import walk
from engine.report.mrrt import ImportedTemplate
from engine.workers.limits import DECODE_LIMITS
from engine.workers.plain import from_plain, to_plain
from engine.workers.pool import WorkerProcess
from engine.workers.protocol import Reply

FILE_TIMEOUT_S = 15.0
# Listing is disk work without decoding; progress counts as a sign of life, a slow disc has none.
_FIND_TIMEOUT_S = 120.0
_SAME = "The same image was found before."
_CUT_SHORT = "It is cut short; another copy of the same image was taken."
# So many files are read before the rest is even listed: something to show at once.
_FIRST_FILES = 24
_TELL_EVERY_S = 1.0
StudySink = Callable[[tuple[Study, ...]], None]
PresentationSink = Callable[[PresentationRef], None]
DocumentSink = Callable[[PriorDocument], None]


def ignore_studies(_studies: tuple[Study, ...]) -> None:
    """Sink for callers that wait for the end of the scan."""


def ignore_presentation(_ref: PresentationRef) -> None:
    """Sink for callers that show films as their own files ask."""


def ignore_document(_document: PriorDocument) -> None:
    """Sink for callers that show no reports of other systems."""


_INSPECT_KEYS = (
    "sop_class",
    "modality",
    "transfer_syntax",
    "photometric",
    "rows",
    "columns",
    "frames",
    "bits_stored",
    "samples_sha256",
    "rescaled_min",
    "rescaled_max",
)


class DecodeClient:
    """Asks the decode worker; every method may block and may be called from any thread."""

    def __init__(self) -> None:
        self._worker = WorkerProcess("decode", limits=DECODE_LIMITS, timeout_s=FILE_TIMEOUT_S)
        self._passwords: dict[str, str] = {}

    @property
    def pid(self) -> int | None:
        """Process id of the running worker; None if there is none."""
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

        A file that cannot be read, hangs for 15 s or kills its decoder is in `skipped` with a
        plain sentence; the scan goes on with the rest.

        Args:
            paths: What the user named.
            progress: Told after each file.
            cancel: Stops the scan.
            on_found: Called in this thread with the studies that grew since its last call: soon
                for the first ones, then ever more seldom, and a last time when the scan is
                stopped. Nothing is told twice unless it grew.
            on_presentation: Called in this thread with each presentation state that is found.
            on_document: The same with each report that another system made.

        Raises:
            CancelledError: `cancel` was set.
        """
        gathering = _Gathering(on_found, on_presentation, on_document, paths)
        try:
            first = self._find(paths, progress, cancel, at_most=_FIRST_FILES)
            self._read(first.candidates, gathering, progress, cancel)
            gathering.tell()
            found = self._find(paths, progress, cancel)
            self._read(found.candidates, gathering, progress, cancel)
        finally:
            gathering.tell()
            self._let_go()
        tree = gathering.tree
        skipped = (*found.skipped, *gathering.unreadable, *_repeats(tree))
        return ScanResult(studies=tree.studies, skipped=skipped, locked=found.locked)

    def list_files(self, paths: Sequence[Path]) -> tuple[Path, ...]:
        """The paths themselves and every file below those that are folders, in order.

        Nothing is opened: a ZIP archive or a DICOMDIR is one file. A path that does not exist
        is listed as well, for `inspect` to say so.
        """
        files: list[Path] = []
        for path in paths:
            if path.is_dir():
                # A folder that cannot be read is listed too: `inspect` says so.
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
            "sop_uid": image.sop_uid,
            "frame": frame,
        }
        return _pixel_image(self._worker.request("pixels", arguments, cancel=cancel))

    def presentation(self, ref: PresentationRef, image: ImageRef) -> PresentationState:
        """What a presentation state asks for on a film; raises `InputError` or `WorkerError`."""
        arguments = {
            **self._candidate(str(ref.path), ref.member),
            "film": image.sop_uid,
            "rows": image.rows,
            "columns": image.columns,
        }
        reply = self._worker.request("presentation", arguments)
        arrays = iter(reply.arrays)
        lut = _curve(reply.value.pop("lut"), arrays)
        table = _curve(reply.value.pop("table"), arrays)
        return replace(from_plain(PresentationState, reply.value), lut=lut, table=table)

    def document(self, document: PriorDocument) -> DocumentContent:
        """What a report of another system says; raises `InputError` or `WorkerError`."""
        reply = self._worker.request("document", self._document(document))
        return from_plain(DocumentContent, reply.value)

    def page(self, document: PriorDocument, page: int, width: int) -> NDArray[np.uint8]:
        """One page of a PDF, `(rows, columns, 3)` RGB; raises `InputError` or `WorkerError`."""
        arguments = {**self._document(document), "page": page, "width": width}
        for picture in self._worker.request("page", arguments).arrays:
            if picture.dtype == "uint8" and picture.ndim == 3 and picture.shape[2] == 3:
                return picture
        raise WorkerError("The decoder's answer made no sense.")

    def elements(self, image: ImageRef) -> tuple[HeaderElement, ...]:
        """All of a film's header as text; raises `InputError` or `WorkerError`."""
        arguments = self._candidate(str(image.path), image.member)
        lines = self._worker.request("elements", arguments).value
        return tuple(from_plain(HeaderElement, line) for line in lines)

    def template(self, path: Path) -> ImportedTemplate:
        """Read a report template in MRRT; raises `InputError` or `WorkerError`."""
        reply = self._worker.request("template", {"path": str(path)})
        return from_plain(ImportedTemplate, reply.value)

    def inspect(self, path: Path) -> dict[str, Any]:
        """Facts about one file (see `engine.dicom.inspection.inspect`); never raises for it."""
        try:
            facts: dict[str, Any] = self._worker.request("inspect", {"path": str(path)}).value
        except (InputError, WorkerError) as error:
            empty = dict.fromkeys(_INSPECT_KEYS)
            return {"path": str(path), "ok": False, "error": error.message, **empty}
        return facts

    def close(self) -> None:
        """End the worker."""
        self._worker.close()

    def __enter__(self) -> Self:
        """Return self."""
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
        cancel: CancelToken | None,
    ) -> None:
        """Read the headers of those candidates that were not read before."""
        total = len(candidates)
        for place, (path, member) in enumerate(candidates):
            if (path, member) in gathering.read:
                continue
            gathering.read.add((path, member))
            try:
                is_named = not member and path in gathering.named
                arguments = {**self._candidate(path, member), "is_named": is_named}
                reply = self._worker.request("header", arguments, cancel=cancel)
                gathering.take(reply.value)
            except (InputError, WorkerError) as error:
                name = f"{Path(path).name}/{member}" if member else path
                gathering.unreadable.append(SkippedFile(name=name, reason=error.message))
            gathering.tell_when_due()
            done = place + 1
            progress(Progress(done=done, total=total, message=f"{done} of {total} files read"))

    def _let_go(self) -> None:
        """Close the archive that was read last, if the worker that holds it still runs."""
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
    """What the worker's `find` listed."""

    candidates: list[tuple[str, str]]
    skipped: tuple[SkippedFile, ...]
    locked: tuple[Path, ...]


class _Gathering:
    """Headers read so far; tells of the studies that changed, soon at first, then more seldom."""

    def __init__(
        self,
        on_found: StudySink,
        on_presentation: PresentationSink,
        on_document: DocumentSink,
        paths: Sequence[Path],
    ) -> None:
        # Pictures are taken only if they are named: a CD's folders are full of logos.
        self.named = {str(Path(path).absolute()) for path in paths}
        self.read: set[tuple[str, str]] = set()
        self.found: list[FoundImage] = []
        self.unreadable: list[SkippedFile] = []
        self._on_found = on_found
        self._on_presentation = on_presentation
        self._on_document = on_document
        self._told: dict[StudyUid, int] = {}
        self._due = time.monotonic() + _TELL_EVERY_S

    @property
    def tree(self) -> StudyTree:
        """The studies of all that was read."""
        return study_tree(self.found)

    def take(self, header: dict[str, Any]) -> None:
        """Take what a header described: an image, how to look at one, or a report."""
        if "presentation" in header:
            self._on_presentation(from_plain(PresentationRef, header["presentation"]))
        elif "document" in header:
            self._on_document(from_plain(PriorDocument, header["document"]))
        else:
            self.found.append(from_plain(FoundImage, header))

    def tell_when_due(self) -> None:
        """Tell, unless that was done a moment ago."""
        if time.monotonic() >= self._due:
            self.tell()

    def tell(self) -> None:
        """Tell of the studies whose films are not those that were told last."""
        started = time.monotonic()
        studies = self.tree.studies
        grown = tuple(s for s in studies if hash(s.series) != self._told.get(s.uid))
        self._told.update({study.uid: hash(study.series) for study in grown})
        if grown:
            self._on_found(grown)
        # Grouping and keeping cost more the more there is: a tenth of the time at most.
        now = time.monotonic()
        self._due = now + max(_TELL_EVERY_S, 9 * (now - started))


def _repeats(tree: StudyTree) -> Iterator[SkippedFile]:
    for image in tree.repeats:
        name = f"{image.path.name}/{image.member}" if image.member else str(image.path)
        yield SkippedFile(name=name, reason=_SAME if image.is_whole else _CUT_SHORT)


def _curve(described: list[Any] | None, arrays: Iterator[NDArray[Any]]) -> VoiLut | None:
    """A curve of the answer, with the next of its arrays; None for none."""
    if described is None:
        return None
    first, bits, name = described
    entries = next(arrays, None)
    if entries is None or entries.dtype != "uint16" or entries.ndim != 1:
        raise WorkerError("The decoder's answer made no sense.")
    return VoiLut(first_value=first, bits=bits, name=name, entries=entries)


def _pixel_image(reply: Reply) -> PixelImage:
    value = reply.value
    samples, *tables = reply.arrays
    count = len(value["voi_luts"])
    if samples.dtype != "uint16" or samples.ndim != 2:
        raise WorkerError("The decoder's answer made no sense.")
    if len(tables) != count + len(value["overlays"]):
        raise WorkerError("The decoder's answer made no sense.")
    luts = tuple(
        VoiLut(first_value=first, bits=bits, name=name, entries=entries)
        for (first, bits, name), entries in zip(value["voi_luts"], tables[:count], strict=True)
    )
    overlays = tuple(
        Overlay(mask=mask, row=row, column=column, name=name)
        for (row, column, name), mask in zip(value["overlays"], tables[count:], strict=True)
    )
    spacing, shutter = value["spacing"], value["shutter"]
    return PixelImage(
        samples=samples,
        slope=value["slope"],
        intercept=value["intercept"],
        bits_stored=value["bits_stored"],
        monochrome1=value["monochrome1"],
        inverse=value["inverse"],
        padding=None if value["padding"] is None else tuple(value["padding"]),
        windows=tuple(from_plain(Window, item) for item in value["windows"]),
        voi_luts=luts,
        spacing=None if spacing is None else from_plain(PixelSpacing, spacing),
        samples_sha256=value["samples_sha256"],
        pixel_aspect=value["pixel_aspect"],
        stored_step=value["stored_step"],
        stored_offset=value["stored_offset"],
        overlays=overlays,
        shutter=None if shutter is None else from_plain(Shutter, shutter),
        notes=tuple(value["notes"]),
    )
