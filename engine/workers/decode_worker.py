"""The decode worker: everything that touches untrusted bytes, in a process of its own.

Loaded only by `engine.workers.entry` inside the child. Each verb but `headers` handles one file.
pydicom's warnings quote header values, so they are discarded.
"""

from __future__ import annotations

import hashlib
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
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
from engine.dicom.unwritten import unwritten_part
from engine.documents.hl7_ack import acknowledgements
from engine.documents.mrrt import GREATEST_BYTES, read_mrrt
from engine.domain.anonymous_film import AnonymousFilm
from engine.domain.film_choice import may_be_drafted
from engine.domain.prior_document import DocumentContent, DocumentKind, PriorDocument
from engine.domain.progress import Progress
from engine.errors import (
    DamagedFileError,
    InputError,
    LimitExceededError,
    NotDicomError,
    UnsupportedImageError,
)
from engine.workers.entry import Call, Service
from engine.workers.order_reading import order_file
from engine.workers.plain import from_plain, reply_with, to_plain
from engine.workers.protocol import Reply

# A batch of slow files reports progress this often, so that the parent does not time out.
_SIGN_OF_LIFE_S = 1.0
_MOST_ACK_BYTES = 2**20


def service() -> Service:
    """The verbs of the decode worker."""
    warnings.simplefilter("ignore")
    archive = KeptArchive()
    return {
        "find": _find,
        "headers": partial(_headers, _guarded(partial(_header, archive))),
        "scanned": partial(_scanned, archive),
        "pixels": _guarded(_pixels),
        "stored": _guarded(_stored),
        "anonymous": _guarded(_anonymous),
        "presentation": _guarded(_presentation),
        "document": _guarded(_document),
        "page": _guarded(_page),
        "inspect": _guarded(_inspect),
        "elements": _guarded(_elements),
        "template": _guarded(_template),
        "orders": _guarded(order_file),
        "acknowledgements": _guarded(_acknowledgements),
    }


def _guarded(handler: Any) -> Any:
    """Turn whatever a broken file raises anywhere in pydicom or a codec into a sentence."""

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
    found = find(
        paths,
        progress=call.progress,
        cancel=call.cancel,
        passwords=passwords,
        at_most=call.arguments["at_most"],
    )
    return Reply(
        value={
            "candidates": [[str(item.path), item.member] for item in found.candidates],
            "skipped": to_plain(found.skipped),
            "locked": to_plain(found.locked),
        }
    )


def _scanned(archive: KeptArchive, _call: Call) -> Reply:
    """End of a scan: keep no archive open."""
    archive.close()
    return Reply()


def _headers(header: Callable[[Call], Reply], call: Call) -> Reply:
    """Headers of several files, each with `_header`'s answer or its error."""
    answers: list[dict[str, Any]] = []
    reported = time.monotonic()
    for arguments in call.arguments["files"]:
        call.cancel.raise_if_cancelled()
        try:
            answers.append({"found": header(replace(call, arguments=arguments)).value})
        except InputError as error:
            may_be_film = not isinstance(error, NotDicomError)
            answers.append({"error": error.message, "may_be_film": may_be_film})
        if time.monotonic() - reported > _SIGN_OF_LIFE_S:
            reported = time.monotonic()
            call.progress(Progress(done=len(answers), total=0, message=""))
    return Reply(value=answers)


def _header(archive: KeptArchive, call: Call) -> Reply:
    candidate = _candidate(call)
    with archive.opened_candidate(candidate, call.arguments["password"]) as stream:
        if picture_format(stream):
            if not call.arguments["is_named"]:
                raise NotDicomError("It is a picture, which opens only if it is chosen by itself.")
            return reply_with(found_picture(stream, candidate.path))
        dataset = read_header(stream)
        if is_presentation_state(dataset):
            ref = found_presentation(dataset, candidate.path, candidate.member)
            return Reply(value={"presentation": to_plain(ref)})
        if is_prior_document(dataset):
            document = found_document(dataset, candidate.path, candidate.member)
            return Reply(value={"document": to_plain(document)})
        whole = is_whole(stream, dataset)
        found = found_image(dataset, candidate.path, candidate.member, is_whole=whole)
        lost = unwritten_part(stream, dataset) if may_be_drafted(found.image) else ""
    if lost:
        image = replace(found.image, is_whole=False, lost_part=lost)
        found = replace(found, image=image)
    return reply_with(found)


def _pixels(call: Call) -> Reply:
    with opened_candidate(_candidate(call), call.arguments["password"]) as stream:
        if picture_format(stream):
            return reply_with(picture_pixels(stream, call.arguments["sop_uid"]))
        dataset = read_whole(stream)
    if uid_of(dataset, "SOPInstanceUID") != call.arguments["sop_uid"]:
        raise UnsupportedImageError(
            "The file has changed since it was found.", what_to_do="Open its folder again."
        )
    image = pixel_image(dataset, call.arguments["frame"])
    kind = suspicious_preamble(dataset.preamble)
    if kind:
        warning = f"The file also starts like a {kind}; do not run or pass it on."
        image = replace(image, notes=(*image.notes, warning), starts_like=kind)
    return reply_with(image)


def _stored(call: Call) -> Reply:
    """Hash of the stored pixel data, which is equal for copies of a file."""
    with opened_candidate(_candidate(call), call.arguments["password"]) as stream:
        dataset = read_whole(stream)
    digest = hashlib.sha256(str(dataset.file_meta.TransferSyntaxUID).encode())
    digest.update(dataset.get("PixelData") or b"")
    return Reply(value=digest.hexdigest())


def _anonymous(call: Call) -> Reply:
    """A film's file without its patient's identity."""
    # Only an export needs it, which the first film must not wait for.
    from engine.dicom.identity_removal import Pseudonyms, without_identity  # noqa: PLC0415

    with opened_candidate(_candidate(call), call.arguments["password"]) as stream:
        if picture_format(stream):
            raise UnsupportedImageError(
                "It is a picture, not a DICOM file, and is not exported without its identity."
            )
        dataset = read_whole(stream)
    if uid_of(dataset, "SOPInstanceUID") != call.arguments["sop_uid"]:
        raise UnsupportedImageError(
            "The file has changed since it was found.", what_to_do="Open its folder again."
        )
    says_burned_in = str(dataset.get("BurnedInAnnotation", "")).strip().upper() == "YES"
    pseudonyms = Pseudonyms(key=bytes.fromhex(call.arguments["key"]))
    content = without_identity(dataset, pseudonyms)
    film = AnonymousFilm(
        content=np.frombuffer(content, np.uint8),
        sop_uid=str(dataset.SOPInstanceUID),
        says_burned_in=says_burned_in,
    )
    return reply_with(film)


def _presentation(call: Call) -> Reply:
    """A presentation state as it applies to one film."""
    with opened_candidate(_candidate(call), call.arguments["password"]) as stream:
        dataset = read_header(stream)
    wanted = call.arguments
    return reply_with(
        presentation_state(dataset, wanted["film"], wanted["rows"], wanted["columns"])
    )


def _document(call: Call) -> Reply:
    """The content of another system's report: its text, or its number of pages."""
    from engine.dicom.document_pages import page_count  # noqa: PLC0415 - as in `_page`

    dataset = _document_of(call)
    if call.arguments["document"]["kind"] == DocumentKind.PDF:
        content = DocumentContent(pages=page_count(encapsulated_pdf(dataset)))
    else:
        content = document_text(dataset)
    return reply_with(content)


def _page(call: Call) -> Reply:
    """One page of a PDF as a picture."""
    # PDFium takes a fifth of a second to load, which the first film must not wait for.
    from engine.dicom.document_pages import page_picture  # noqa: PLC0415

    pdf = encapsulated_pdf(_document_of(call))
    picture = page_picture(pdf, call.arguments["page"], call.arguments["width"])
    return Reply(value={}, arrays=(picture,))


def _document_of(call: Call) -> FileDataset:
    """The document's data set, if it still is the document of that patient that was indexed."""
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
        return reply_with(header_elements(read_header(stream)))


def _template(call: Call) -> Reply:
    with Path(call.arguments["path"]).open("rb") as stream:
        content = stream.read(GREATEST_BYTES + 1)
    return reply_with(read_mrrt(content))


def _acknowledgements(call: Call) -> Reply:
    """What a file of HL7 acknowledgements says."""
    with opened(Path(call.arguments["path"])) as stream:
        content = stream.read(_MOST_ACK_BYTES + 1)
    if len(content) > _MOST_ACK_BYTES:
        raise LimitExceededError("The file is too large to be an acknowledgement.")
    return reply_with(acknowledgements(content))


def _candidate(call: Call) -> Candidate:
    return Candidate(path=Path(call.arguments["path"]), member=call.arguments["member"])
