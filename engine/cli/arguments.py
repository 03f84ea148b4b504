"""Kinds of arguments that the verbs share."""

from __future__ import annotations

import argparse


def text(given: str) -> str:
    """Text that can be stored and printed; the shell may hand over bytes that are none."""
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise argparse.ArgumentTypeError("it is not UTF-8 text") from error
    return given
