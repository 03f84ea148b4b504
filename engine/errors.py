"""The error tree: what can go wrong, each with a sentence that a radiographer can read.

::

    NegatoscopeError
    ├── InputError                 what was opened cannot be used
    │   ├── NotDicomError          not a DICOM file at all
    │   ├── DamagedFileError       DICOM, but broken or cut short
    │   │   └── IncompleteImageError  a part of its image is missing
    │   ├── UnsupportedImageError  valid, but of a kind that is not supported
    │   ├── WrongPasswordError     an encrypted ZIP archive without its password
    │   ├── LimitExceededError     larger or deeper than the safety limits
    │   └── NoSuitableFilmError    a study without a film that can be drafted
    ├── WorkerError                a child process failed
    │   ├── WorkerCrashedError     it ended on its own
    │   └── WorkerTimeoutError     it took too long and was ended
    ├── CancelledError             the user asked to stop
    ├── ModelError                 no draft can be made
    │   ├── BundleError            the model's folder is missing or damaged
    │   └── InferenceError         the model's run failed
    ├── StorageError               the workspace cannot be read or written
    │   ├── WrongPassphraseError   the passphrase does not open it
    │   ├── WorkspaceMissingError  there is none in that folder
    │   ├── WorkspaceExistsError   there is one already
    │   ├── WorkspaceLockedError   another Negatoscope has it open
    │   ├── WorkspaceDamagedError  the database failed its checks
    │   ├── NewerWorkspaceError    written by a later version
    │   ├── DiskFullError          no room to save
    │   ├── ReadOnlyError          no permission to save
    │   └── NotFoundError          the study, draft or report is not there
    ├── AccessError                not allowed, or not yet
    │   └── TooManyAttemptsError   wrong passphrases: wait first
    ├── ReportStateError           not possible in the report's present state
    ├── ExportError                the document could not be made
    └── UpdateError                the new version is not put in

The message is for the radiologist or radiographer; the technical cause is chained with ``from`` and
goes to the log. ``what_to_do`` is one more plain sentence, or empty.
"""

from __future__ import annotations


class NegatoscopeError(Exception):
    """Base of all errors raised on purpose.

    Args:
        message: One plain sentence, without patient data.
        what_to_do: What the user can do next, one plain sentence; empty if nothing.
    """

    def __init__(self, message: str, *, what_to_do: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.what_to_do = what_to_do


class TechnicalError(Exception):
    """A failure inside a child process, as text for the log; only used as a chained cause."""


class InputError(NegatoscopeError):
    """What was opened cannot be used."""


class NotDicomError(InputError):
    """The file is not a DICOM file."""


class DamagedFileError(InputError):
    """The file is DICOM, but broken or cut short."""


class IncompleteImageError(DamagedFileError):
    """A part of the image is missing."""


class UnsupportedImageError(InputError):
    """The image is valid, but of a kind that is not supported."""


class WrongPasswordError(InputError):
    """A ZIP archive is encrypted, and no password or a wrong one was given."""


class LimitExceededError(InputError):
    """The file is larger or deeper than the safety limits allow."""


class NoSuitableFilmError(InputError):
    """The study has no film that a draft can be made from."""


class WorkerError(NegatoscopeError):
    """A child process failed."""


class WorkerCrashedError(WorkerError):
    """The child process ended on its own."""


class WorkerTimeoutError(WorkerError):
    """The child process took too long and was ended."""


class CancelledError(NegatoscopeError):
    """The user asked to stop."""


class ModelError(NegatoscopeError):
    """No draft can be made."""


class BundleError(ModelError):
    """The model's folder is missing, damaged or of another version."""


class InferenceError(ModelError):
    """The model's run failed."""


class StorageError(NegatoscopeError):
    """The workspace cannot be read or written."""


class WrongPassphraseError(StorageError):
    """The passphrase does not open the workspace."""


class WorkspaceMissingError(StorageError):
    """There is no workspace in that folder."""


class WorkspaceExistsError(StorageError):
    """There is a workspace in that folder already."""


class WorkspaceLockedError(StorageError):
    """Another Negatoscope has the workspace open."""


class WorkspaceDamagedError(StorageError):
    """The database failed its checks."""


class NewerWorkspaceError(StorageError):
    """The workspace was written by a later version of Negatoscope."""


class DiskFullError(StorageError):
    """There is no room left to save."""


class ReadOnlyError(StorageError):
    """The workspace can be read, but nothing can be written."""


class NotFoundError(StorageError):
    """The study, draft or report is not in the workspace."""


class AccessError(NegatoscopeError):
    """The user is not allowed to do this, or not yet."""


class TooManyAttemptsError(AccessError):
    """Too many wrong passphrases: wait before the next one."""


class ReportStateError(NegatoscopeError):
    """Not possible in the report's present state."""


class ExportError(NegatoscopeError):
    """The document could not be made."""


class UpdateError(NegatoscopeError):
    """The new version is not put in; the present one stays."""
