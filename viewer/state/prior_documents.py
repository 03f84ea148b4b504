"""Reports of other systems about the open study's patient, and the one that is read beside.

Each is read in the decode worker when it is asked for. Only what is of the patient on the light
box is ever shown: another study puts away what belongs to somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.domain.prior_document import DocumentContent, DocumentKind, PriorDocument
from engine.domain.progress import CancelToken
from viewer.errors import notice_of
from viewer.state.library import LibraryState
from viewer.state.session import SessionState
from viewer.tasks.runner import TaskRunner

Page = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """A document that is read.

    Attributes:
        page: Of a PDF, from 0.
        picture: `(rows, columns, 3)` of that page; None until it is there.
    """

    document: PriorDocument
    content: DocumentContent
    page: int = 0
    picture: Page | None = None


class PriorDocumentsState(QObject):
    """The documents of one patient.

    Signals:
        changed: Read `documents`.
        reading_changed: Read `reading`.
        noticed: `Notice`, when one cannot be read.
    """

    changed = Signal()
    reading_changed = Signal()
    noticed = Signal(object)

    def __init__(
        self,
        runner: TaskRunner,
        session: SessionState,
        library: LibraryState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._library = library
        self._documents: tuple[PriorDocument, ...] = ()
        self._reading: Reading | None = None
        self._opening = CancelToken()
        self._drawing = CancelToken()
        library.study_changed.connect(self._on_study)

    @property
    def documents(self) -> tuple[PriorDocument, ...]:
        """Of the open study and of earlier ones, newest first."""
        return self._documents

    @property
    def reading(self) -> Reading | None:
        """The one that is shown, or None."""
        return self._reading

    @property
    def linkable(self) -> PriorDocument | None:
        """The newest that can stand as the prior of a report: of another, earlier study."""
        return next((one for one in self._documents if self.is_prior(one)), None)

    def is_prior(self, document: PriorDocument) -> bool:
        """Whether it is about an earlier study than the open one, and says when that was."""
        study = self._library.study
        is_dated = document.study_date is not None
        return study is not None and document.study_uid != study.uid and is_dated

    def refresh(self) -> None:
        """Look for documents of the open study's patient."""
        workspace, study = self._session.workspace, self._library.study
        if workspace is None or study is None:
            self._set(())
            return
        uid = study.uid

        def came(found: tuple[PriorDocument, ...]) -> None:
            if self._library.study is not None and self._library.study.uid == uid:
                self._set(found)

        self._runner.query(lambda: workspace.library.documents(uid), came, self._on_error)

    def open(self, document: PriorDocument) -> None:
        """Read a document of the list."""
        workspace = self._session.workspace
        if workspace is None or document not in self._documents:
            return

        def came(content: DocumentContent) -> None:
            if document in self._documents:
                self._drawing.cancel()
                self._read(Reading(document=document, content=content))

        self._opening.cancel()
        self._opening = self._runner.query(
            lambda: workspace.library.document(document), came, self._on_error
        )

    def draw(self, page: int, width: int) -> None:
        """Show a page of the PDF that is read, `width` device pixels wide."""
        workspace, reading = self._session.workspace, self._reading
        if workspace is None or reading is None or reading.document.kind is not DocumentKind.PDF:
            return
        document, content = reading.document, reading.content
        wanted = min(max(page, 0), content.pages - 1)

        def came(picture: Page) -> None:
            if self._reading is not None and self._reading.content is content:
                self._read(
                    Reading(document=document, content=content, page=wanted, picture=picture)
                )

        self._drawing.cancel()
        self._drawing = self._runner.query(
            lambda: workspace.library.document_page(document, wanted, width), came, self._on_error
        )

    def put_away(self) -> None:
        """Show no document."""
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
            self.put_away()
        self._opening.cancel()
        self.refresh()

    def _set(self, documents: tuple[PriorDocument, ...]) -> None:
        if documents != self._documents:
            self._documents = documents
            self.changed.emit()
        if self._reading is not None and self._reading.document not in documents:
            self.put_away()

    def _read(self, reading: Reading | None) -> None:
        if reading is not self._reading:
            self._reading = reading
            self.reading_changed.emit()

    def _on_error(self, error: Exception) -> None:
        self.noticed.emit(notice_of(error))
