"""Asks whether the films show text, before they leave without their patient's identity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from engine.domain.study import Study, StudyUid
from viewer.dialogs.sheet import Sheet
from viewer.state.wording import count_text
from viewer.theme.palette import set_look
from viewer.widgets.file_choice import ask_for_folder


class AnonymousFilmsSheet(Sheet):
    """What leaves and what nobody but the reader can see.

    Args:
        study: Whose films leave.
        save: Writes the films of a study into a folder.
    """

    def __init__(
        self,
        study: Study,
        save: Callable[[StudyUid, Path], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Save films without identity", 520, parent)
        self._study, self._save = study, save
        self.add_heading("Save films without identity")
        films = count_text(len(study.images), "film is", "films are")
        self.add_label(
            f"{films} written as DICOM: codes stand in place of names and numbers, and dates are "
            "taken out, by the Basic Profile of DICOM PS3.15. The pixels stay as they are."
        )
        self.looked = QCheckBox("I looked at every film: no text is burned into it")
        self.column.addWidget(self.looked)
        cancel = QPushButton("Cancel  Esc")
        set_look(cancel, variant="quiet")
        cancel.clicked.connect(self.reject)
        self.go = QPushButton("Choose folder…")
        set_look(self.go, variant="primary")
        self.go.setEnabled(False)
        self.looked.toggled.connect(self.go.setEnabled)
        self.go.clicked.connect(self._choose)
        self.add_buttons(cancel, self.go)

    def _choose(self) -> None:
        to = ask_for_folder(self, "Folder for the films")
        if to is not None:
            self._save(self._study.uid, to)
            self.accept()
