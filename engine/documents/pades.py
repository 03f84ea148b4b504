"""A PAdES signature on a report's PDF (ETSI EN 319 142-1, baseline B-B), and its check.

The certificate is the user's own PKCS #12 file. Without a network there is neither a time stamp nor
a check whether the certificate was revoked.
"""

from __future__ import annotations

from io import BytesIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from engine.errors import ExportError

FIELD = "Signature"


def signed_pdf(pdf: bytes, certificate: bytes, passphrase: str, *, reason: str) -> bytes:
    """The PDF with an invisible signature.

    Args:
        pdf: Without a signature.
        certificate: A PKCS #12 file with key and certificate.
        passphrase: Of that file.
        reason: Meaning of the signature.

    Raises:
        ExportError: The certificate cannot be opened or used.
    """
    try:
        signer = signers.SimpleSigner.load_pkcs12_data(
            certificate, other_certs=[], passphrase=passphrase.encode()
        )
    except ValueError as error:
        raise ExportError(
            "The certificate cannot be opened.",
            what_to_do="Check its passphrase, and that it is a PKCS #12 file (.p12 or .pfx).",
        ) from error
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason
    )
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        return bytes(signers.sign_pdf(writer, meta, signer=signer).getvalue())
    except (PdfError, ValueError) as error:
        raise ExportError("The document could not be signed.") from error


def is_intact(pdf: bytes) -> bool:
    """Whether the file has one signature over all of it and no byte has changed since.

    Does not check whose signature it is: that would need the institution's root certificates.
    """
    try:
        found = PdfFileReader(BytesIO(pdf)).embedded_signatures
        if len(found) != 1:
            return False
        own = ValidationContext(trust_roots=[found[0].signer_cert], allow_fetching=False)
        status = validate_pdf_signature(found[0], own)
        untouched = status.modification_level in (None, ModificationLevel.NONE)
        is_whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        return bool(status.intact and status.valid and untouched and is_whole)
    except Exception:  # noqa: BLE001  a changed byte may break the parser anywhere: not intact
        return False
