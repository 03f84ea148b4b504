"""Locks that cost little, for tests that are about something else.

The product makes each try of a passphrase dear, and locks and wipes SQLCipher's memory; a new
workspace takes three times as long for that. Under `make soak`, and in processes that a test
starts, both are the product's own.
"""

from __future__ import annotations

import os

from engine.storage import database, key_locks
from testkit.soak import FIGURES_VARIABLE

PRODUCT_COST = key_locks.NEW_LOCK_COST


def use_cheap_locks() -> None:
    """Make this process's new locks cheap, and leave SQLCipher's memory as it is."""
    if FIGURES_VARIABLE not in os.environ:
        database.MEMORY_PRAGMAS = ()
        key_locks.NEW_LOCK_COST = key_locks.Argon2Cost(memory_kib=128, passes=1, lanes=1)
