"""The true length of a line: from then on the film measures by it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from viewer.dialogs.millimetre_sheet import MillimetreSheet

LONGEST_MM = 1000.0


class CalibrateSheet(MillimetreSheet):
    """Accepted with `length_mm`.

    Args:
        drawn: The line's length as it is now, with its unit.
    """

    def __init__(self, drawn: str, parent: QWidget | None = None) -> None:
        super().__init__("Calibrate", 420, parent)
        self.add_heading("Calibrate this film")
        self.add_label(f"The selected line is {drawn} long now. How long is it in truth?")
        self.ask(
            "Length in mm",
            (0.1, LONGEST_MM, 2),
            note="Measure something of known size in the plane of interest. All lengths of this "
            "film follow and say “calibrated by user”; your name and the time are kept.",
            button="Calibrate",
        )
