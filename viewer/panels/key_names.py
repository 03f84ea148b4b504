"""Names of a pressed key for single-letter commands, on any keyboard layout.

A command is a Latin letter or a digit. On a Cyrillic, Greek or Hebrew layout no key gives a Latin
letter, and on AZERTY digits need Shift; there the key's position on the keyboard counts.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

# Letters and digits by the scan code of the first of each run, US layout.
_ROWS = {2: "1234567890", 16: "QWERTYUIOP", 30: "ASDFGHJKL", 44: "ZXCVBNM"}
# X11 and Wayland add eight to the hardware's code.
_OFFSET = 0 if sys.platform == "win32" else 8
_AT = {
    first + _OFFSET + offset: name
    for first, names in _ROWS.items()
    for offset, name in enumerate(names)
}


def key_names(event: QKeyEvent) -> tuple[str, ...]:
    """Names in Qt's portable form: as typed, as a digit without Shift, and by position."""
    # The number pad, and on some platforms the arrows, carry this modifier.
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key = Qt.Key(event.key())
    names = [_name(held, key)]
    if Qt.Key.Key_0 <= key <= Qt.Key.Key_9 and held == Qt.KeyboardModifier.ShiftModifier:
        names.append(_name(Qt.KeyboardModifier.NoModifier, key))
    is_latin = Qt.Key.Key_A <= key <= Qt.Key.Key_Z or Qt.Key.Key_0 <= key <= Qt.Key.Key_9
    by_position = _AT.get(event.nativeScanCode())
    if event.text() and not is_latin and by_position and held == Qt.KeyboardModifier.NoModifier:
        names.append(by_position)
    return tuple(names)


def is_letter(event: QKeyEvent) -> bool:
    """Whether a key writes something by itself, a blank apart."""
    typing = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    is_plain = not event.modifiers() & ~typing
    return is_plain and event.text().isprintable() and bool(event.text().strip())


def _name(held: Qt.KeyboardModifier, key: Qt.Key) -> str:
    sequence = QKeySequence(QKeyCombination(held, key))
    return sequence.toString(QKeySequence.SequenceFormat.PortableText)
