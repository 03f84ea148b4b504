"""The about sheet says what the weights may be used for and shows the licences it names."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from viewer.dialogs.about import About, Licences
from viewer.state.about import licence_texts


def test_the_models_licence_and_every_bundled_text_can_be_read(room):
    room.do("help.about")
    sheet = room.sheet(About)
    model = room.context.session.model
    assert model.licence
    assert model.licence in sheet.model.text()
    button = next(b for b in sheet.findChildren(QPushButton) if b.text() == "Licences…")
    button.click()
    licences = room.sheet(Licences)
    shown = []
    for row in range(licences.subjects.count()):
        licences.subjects.setCurrentRow(row)
        shown.append(licences.text.toPlainText())
    assert shown == [text for _subject, text in licence_texts()]
    assert any("SIL OPEN FONT LICENSE" in text.upper() for text in shown)
    assert any("Apache License" in text for text in shown)
    assert any("Lucide" in text for text in shown)
    licences.reject()
