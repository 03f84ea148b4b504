"""Commands for blind-first reading."""

from __future__ import annotations

from typing import Final

from engine.domain.first_reading import FirstCall
from viewer.actions.registry import Command

BLIND_FIRST: Final = "report.blind_first"


def call_command(call: FirstCall) -> str:
    """Id of the command for one answer of the first reading."""
    return f"report.first_{call.value}"


FIRST_READING_COMMANDS: Final = (
    Command(
        id=BLIND_FIRST,
        text="Blind read first",
        group="Report",
        tip="A draft stays hidden until you have said what you see",
        checkable=True,
    ),
    *(
        Command(
            id=call_command(call),
            text=f"My read: {call.value}",
            group="Report",
            shortcut=f"Ctrl+Alt+{number}",
        )
        for number, call in enumerate(FirstCall, start=1)
    ),
)
