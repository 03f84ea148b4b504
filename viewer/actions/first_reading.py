"""Commands of blind-first reading."""

from __future__ import annotations

from typing import Final

from engine.domain.first_reading import FirstCall
from viewer.actions.registry import Command

BLIND_FIRST: Final = "report.blind_first"


def call_command(call: FirstCall) -> str:
    """The command that says what the reader saw."""
    return f"report.first_{call.value}"


FIRST_READING_COMMANDS: Final = (
    Command(
        id=BLIND_FIRST,
        text="Read first, then see the draft",
        group="Report",
        tip="A draft stays hidden until you have said what you see",
        checkable=True,
    ),
    *(
        Command(
            id=call_command(call),
            text=f"My own reading: {call.value}",
            group="Report",
            shortcut=f"Ctrl+Alt+{place}",
        )
        for place, call in enumerate(FirstCall, start=1)
    ),
)
