"""Other systems' reports about the open study's patient, and the document opened for reading.

The decode worker reads each on demand. Only documents of the open study's patient are shown:
opening another patient's study closes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.domain.prior_document import (
    DocumentContent,
    DocumentKind,
    PriorDocument,
    TheirOutline,
)
from engine.domain.progress import CancelToken
from viewer.state.library import LibraryState
from viewer.state.notices import Notices
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

PagePicture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """An open document.

    Attributes:
        page: Page of a PDF, from 0.
        picture: That page, `(rows, columns, 3)`; None until it is rendered.
    """

    document: PriorDocument
    content: DocumentContent
    page: int = 0
    picture: PagePicture | None = None


class PriorDocumentsState(QObject):
    """Documents of one patient.

    Signals:
        changed: Read `documents`.
        reading_changed: Read `reading`.
    """

    changed = Signal()
    reading_changed = Signal()

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        library: LibraryState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._library = library
        self._documents: tuple[PriorDocument, ...] = ()
        self._reading: Reading | None = None
        self._opening = CancelToken()
        self._drawing = CancelToken()
        library.study_changed.connect(self._on_study)

    @property
    def documents(self) -> tuple[PriorDocument, ...]:
        """Documents of the open study and of earlier ones, newest first."""
        return self._documents

    @property
    def reading(self) -> Reading | None:
        """The document opened for reading, or None."""
        return self._reading

    @property
    def outlines(self) -> tuple[TheirOutline, ...]:
        """What the open document has on films."""
        return self._reading.content.outlines if self._reading is not None else ()

    @property
    def linkable(self) -> PriorDocument | None:
        """The newest document that can be the report's prior: of another, earlier study."""
        return next((one for one in self._documents if self.is_prior(one)), None)

    def is_prior(self, document: PriorDocument) -> bool:
        """Whether a document belongs to another study and is dated."""
        study = self._library.study
        is_dated = document.study_date is not None
        return study is not None and document.study_uid != study.uid and is_dated

    def refresh(self) -> None:
        """Look for documents of the open study's patient."""
        study = self._library.study
        if study is None:
            self._set(())
            return
        uid = study.uid

        def came(found: tuple[PriorDocument, ...]) -> None:
            if self._library.study is not None and self._library.study.uid == uid:
                self._set(found)

        self._runner.query(lambda: self._workspace.library.documents(uid), came, self._notices.tell)

    def open(self, document: PriorDocument) -> None:
        """Open a document of the list."""
        if document not in self._documents:
            return

        def came(content: DocumentContent) -> None:
            if document in self._documents:
                self._drawing.cancel()
                self._read(Reading(document=document, content=content))

        self._opening.cancel()
        self._opening = self._runner.query(
            lambda: self._workspace.library.document(document), came, self._notices.tell
        )

    def draw(self, page: int, width: int) -> None:
        """Render a page of the open PDF, `width` device pixels wide."""
        reading = self._reading
        if reading is None or reading.document.kind is not DocumentKind.PDF:
            return
        document, content = reading.document, reading.content
        wanted = min(max(page, 0), content.pages - 1)

        def came(picture: PagePicture) -> None:
            if self._reading is not None and self._reading.content is content:
                self._read(
                    Reading(document=document, content=content, page=wanted, picture=picture)
                )

        self._drawing.cancel()
        self._drawing = self._runner.query(
            lambda: self._workspace.library.document_page(document, wanted, width),
            came,
            self._notices.tell,
        )

    def close_document(self) -> None:
        """Close the document."""
        self._opening.cancel()
        self._drawing.cancel()
        self._read(None)

    def _on_study(self) -> None:
        study, reading = self._library.study, self._reading
        is_ours = study is not None and all(
            one.patient.is_same_person(study.patient) for one in self._documents
        )
        if not is_ours:
            self._set(())
        if reading is not None and not is_ours:
            self.close_document()
        self._opening.cancel()
        self.refresh()

    def _set(self, documents: tuple[PriorDocument, ...]) -> None:
        if documents != self._documents:
            self._documents = documents
            self.changed.emit()
        if self._reading is not None and self._reading.document not in documents:
            self.close_document()

    def _read(self, reading: Reading | None) -> None:
        if reading is not self._reading:
            self._reading = reading
            self.reading_changed.emit()
