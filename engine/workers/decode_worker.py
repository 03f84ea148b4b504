"""The decode worker: everything that touches untrusted bytes, in a process of its own.

Loaded only by `engine.workers.entry` inside the child. Each verb handles one file; pydicom's
warnings carry values of the header, so they go nowhere.
"""

from __future__ import annotations

import warnings
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

from pydicom.dataset import FileDataset

from engine.dicom import inspection
from engine.dicom.completeness import is_whole
from engine.dicom.elements import header_elements
from engine.dicom.header import found_image, uid_of
from engine.dicom.picture import found_picture, picture_format, picture_pixels
from engine.dicom.pixels import pixel_image
from engine.dicom.presentation_state import (
    found_presentation,
    is_presentation_state,
    presentation_state,
)
from engine.dicom.prior_document import (
    document_text,
    encapsulated_pdf,
    found_document,
    is_prior_document,
)
from engine.dicom.reader import opened, read_header, read_whole, suspicious_preamble
from engine.dicom.scan import Candidate, KeptArchive, find, opened_candidate
from engine.domain.image import PixelImage
from engine.domain.presentation_state import PresentationState
from engine.domain.prior_document import DocumentContent, DocumentKind, PriorDocument
from engine.errors import DamagedFileError, InputError, NotDicomError, UnsupportedImageError
from engine.report.mrrt import GREATEST_BYTES, read_mrrt
from engine.workers.entry import Call, Service
from engine.workers.plain import from_plain, to_plain
from engine.workers.protocol import Reply


def service() -> Service:
    """The verbs of the decode worker."""
    warnings.simplefilter("ignore")
    archive = KeptArchive()
    return {
        "find": _find,
        "header": _guarded(partial(_header, archive)),
        "scanned": partial(_scanned, archive),
        "pixels": _guarded(_pixels),
        "presentation": _guarded(_presentation),
        "document": _guarded(_document),
        "page": _guarded(_page),
        "inspect": _guarded(_inspect),
        "elements": _guarded(_elements),
        "template": _guarded(_template),
    }


def _guarded(handler: Any) -> Any:
    """Turn what a broken file provokes anywhere in pydicom or a codec into a sentence."""

    def guarded(call: Call) -> Reply:
        try:
            reply: Reply = handler(call)
        except (InputError, MemoryError, RecursionError):
            raise
        except Exception as error:
            raise DamagedFileError(
                "The file is damaged and cannot be read.",
                what_to_do="Copy it again from where it came from.",
            ) from error
        return reply

    return guarded


def _find(call: Call) -> Reply:
    paths = [Path(text) for text in call.arguments["paths"]]
    passwords = {Path(path): word for path, word in call.arguments["passwords"].items()}
    finding = find(
        paths,
        progress=call.progress,
        cancel=call.cancel,
        passwords=passwords,
        at_most=call.arguments["at_most"],
    )
    return Reply(
        value={
            "candidates": [[str(item.path), item.member] for item in finding.candidates],
            "skipped": to_plain(finding.skipped),
            "locked": to_plain(finding.locked),
        }
    )


def _scanned(archive: KeptArchive, _call: Call) -> Reply:
    """A scan is over: nobody's archive stays open."""
    archive.close()
    return Reply()


def _header(archive: KeptArchive, call: Call) -> Reply:
    candidate = _candidate(call)
    with archive.opened_candidate(candidate, call.arguments["password"]) as stream:
        if picture_format(stream):
            if not call.arguments["is_named"]:
                raise NotDicomError("It is a picture, which opens only if it is chosen by itself.")
            return Reply(value=to_plain(found_picture(stream, candidate.path)))
        dataset = read_header(stream)
        if is_presentation_state(dataset):
            ref = found_presentation(dataset, candidate.path, candidate.member)
            return Reply(value={"presentation": to_plain(ref)})
        if is_prior_document(dataset):
            document = found_document(dataset, candidate.path, candidate.member)
            return Reply(value={"document": to_plain(document)})
        whole = is_whole(stream, dataset)
    found = found_image(dataset, candidate.path, candidate.member, is_whole=whole)
    return Reply(value=to_plain(found))


def _pixels(call: Call) -> Reply:
    with opened_candidate(_candidate(call), call.arguments["password"]) as stream:
        if picture_format(stream):
            return _pixel_reply(picture_pixels(stream, call.arguments["sop_uid"]), ())
        dataset = read_whole(stream)
    if uid_of(dataset, "SOPInstanceUID") != call.arguments["sop_uid"]:
        raise UnsupportedImageError(
            "The file has changed since it was found.", what_to_do="Open its folder again."
        )
    image = pixel_image(dataset, call.arguments["frame"])
    kind = suspicious_preamble(dataset.preamble)
    warning = (f"The file also starts like a {kind}; do not run or pass it on.",) if kind else ()
    return _pixel_reply(image, warning)


def _pixel_reply(image: PixelImage, more_notes: tuple[str, ...]) -> Reply:
    plain = {
        item.name: to_plain(getattr(image, item.name))
        for item in fields(PixelImage)
        if item.name not in ("samples", "voi_luts", "overlays", "notes")
    }
    luts = [[lut.first_value, lut.bits, lut.name] for lut in image.voi_luts]
    notes = [*image.notes, *more_notes]
    overlays = [[one.row, one.column, one.name] for one in image.overlays]
    return Reply(
        value={**plain, "voi_luts": luts, "overlays": overlays, "notes": notes},
        arrays=(
            image.samples,
            *(lut.entries for lut in image.voi_luts),
            *(overlay.mask for overlay in image.overlays),
        ),
    )


def _presentation(call: Call) -> Reply:
    """A presentation state as it applies to one film."""
    with opened_candidate(_candidate(call), call.arguments["password"]) as stream:
        dataset = read_header(stream)
    wanted = call.arguments
    state = presentation_state(dataset, wanted["film"], wanted["rows"], wanted["columns"])
    curves = {"lut": state.lut, "table": state.table}
    plain = {
        field.name: to_plain(getattr(state, field.name))
        for field in fields(PresentationState)
        if field.name not in curves
    }
    described = {
        name: None if lut is None else [lut.first_value, lut.bits, lut.name]
        for name, lut in curves.items()
    }
    entries = tuple(lut.entries for lut in curves.values() if lut is not None)
    return Reply(value={**plain, **described}, arrays=entries)


def _document(call: Call) -> Reply:
    """What a report of another system says: its text, or the number of its pages."""
    from engine.dicom.document_pages import page_count  # noqa: PLC0415 - as in `_page`

    dataset = _document_of(call)
    if call.arguments["document"]["kind"] == DocumentKind.PDF:
        content = DocumentContent(pages=page_count(encapsulated_pdf(dataset)))
    else:
        content = document_text(dataset)
    return Reply(value=to_plain(content))


def _page(call: Call) -> Reply:
    """One page of a PDF as a picture."""
    # PDFium takes a fifth of a second to load, which the first film must not wait for.
    from engine.dicom.document_pages import page_picture  # noqa: PLC0415

    pdf = encapsulated_pdf(_document_of(call))
    picture = page_picture(pdf, call.arguments["page"], call.arguments["width"])
    return Reply(value={}, arrays=(picture,))


def _document_of(call: Call) -> FileDataset:
    """The document's data set, if it still is the one of that patient that was found."""
    wanted = from_plain(PriorDocument, call.arguments["document"])
    with opened_candidate(_candidate(call), call.arguments["password"]) as stream:
        dataset = read_header(stream)
    is_document = is_prior_document(dataset)
    if not is_document or found_document(dataset, wanted.path, wanted.member) != wanted:
        raise UnsupportedImageError(
            "The file has changed since it was found.", what_to_do="Open its folder again."
        )
    return dataset


def _inspect(call: Call) -> Reply:
    path = call.arguments["path"]
    with opened(Path(path)) as stream:
        return Reply(value=inspection.inspect(path, stream))


def _elements(call: Call) -> Reply:
    with opened_candidate(_candidate(call), call.arguments["password"]) as stream:
        return Reply(value=to_plain(header_elements(read_header(stream))))


def _template(call: Call) -> Reply:
    with Path(call.arguments["path"]).open("rb") as stream:
        content = stream.read(GREATEST_BYTES + 1)
    return Reply(value=to_plain(read_mrrt(content)))


def _candidate(call: Call) -> Candidate:
    return Candidate(path=Path(call.arguments["path"]), member=call.arguments["member"])
