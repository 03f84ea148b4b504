"""The tests of the services: each takes over the worker processes that the last one left."""

import pytest


@pytest.fixture(autouse=True)
def _start_warm(warm_workers: None) -> None:
    """Take over and leave workers; a file about them has a `warm_workers` of its own."""
