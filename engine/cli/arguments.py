"""Argument types that the verbs share."""

from __future__ import annotations

import argparse


def text(given: str) -> str:
    """Text that can be stored and printed; the shell may pass bytes that are not UTF-8."""
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise argparse.ArgumentTypeError("it is not UTF-8 text") from error
    return given
