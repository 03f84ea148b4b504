"""The product's side of the decode worker: scans, pixels and inspections, each in our values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from engine.dicom.tree import FoundImage, StudyTree, study_tree
from engine.domain.film_graphics import Overlay, Shutter
from engine.domain.image import PixelImage, VoiLut, Window
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.study import ImageRef, PixelSpacing, ScanResult, SkippedFile
from engine.errors import InputError, WorkerError
from engine.files import walk
from engine.workers.limits import DECODE_LIMITS
from engine.workers.plain import from_plain
from engine.workers.pool import WorkerProcess
from engine.workers.protocol import Reply

FILE_TIMEOUT_S = 15.0
# Listing is disk work without decoding; progress counts as a sign of life, a slow disc has none.
_FIND_TIMEOUT_S = 120.0
_SAME = "The same image was found before."
_CUT_SHORT = "It is cut short; another copy of the same image was taken."
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

    @property
    def pid(self) -> int | None:
        """Process id of the running worker; None if there is none."""
        return self._worker.pid

    def start(self) -> None:
        """Start the worker ahead of its first use."""
        self._worker.start()

    def scan(
        self,
        paths: Sequence[Path],
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> ScanResult:
        """Find the studies in files, folders, ZIP archives and DICOMDIRs.

        A file that cannot be read, hangs for 15 s or kills its decoder is in `skipped` with a
        plain sentence; the scan goes on with the rest. Raises `CancelledError`.
        """
        candidates, skipped = self._find(paths, progress, cancel)
        found: list[FoundImage] = []
        for place, (path, member) in enumerate(candidates):
            name = f"{Path(path).name}/{member}" if member else path
            arguments = {"path": path, "member": member}
            try:
                reply = self._worker.request("header", arguments, cancel=cancel)
                found.append(from_plain(FoundImage, reply.value))
            except (InputError, WorkerError) as error:
                skipped.append(SkippedFile(name=name, reason=error.message))
            done, total = place + 1, len(candidates)
            progress(Progress(done=done, total=total, message=f"{done} of {total} files read"))
        tree = study_tree(found)
        skipped.extend(_repeats(tree))
        return ScanResult(studies=tree.studies, skipped=tuple(skipped))

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
            "path": str(image.path),
            "member": image.member,
            "sop_uid": image.sop_uid,
            "frame": frame,
        }
        return _pixel_image(self._worker.request("pixels", arguments, cancel=cancel))

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
        self, paths: Sequence[Path], progress: ProgressSink, cancel: CancelToken | None
    ) -> tuple[list[tuple[str, str]], list[SkippedFile]]:
        arguments = {"paths": [str(Path(path).absolute()) for path in paths]}
        reply = self._worker.request(
            "find", arguments, timeout_s=_FIND_TIMEOUT_S, progress=progress, cancel=cancel
        )
        candidates = [(str(path), str(member)) for path, member in reply.value["candidates"]]
        return candidates, [from_plain(SkippedFile, item) for item in reply.value["skipped"]]


def _repeats(tree: StudyTree) -> Iterator[SkippedFile]:
    for image in tree.repeats:
        name = f"{image.path.name}/{image.member}" if image.member else str(image.path)
        yield SkippedFile(name=name, reason=_SAME if image.is_whole else _CUT_SHORT)


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
