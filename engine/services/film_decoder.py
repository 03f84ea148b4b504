"""The decode worker of an open workspace, and one that starts before the workspace is open."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from engine.errors import WorkerError

if TYPE_CHECKING:
    from engine.workers.decode_client import DecodeClient

_LOG = logging.getLogger(__name__)


class FilmDecoder:
    """The decode worker's client, made at its first use, so that starting up needs no worker.

    Args:
        is_incoming: Whether it serves what comes in by itself.
    """

    def __init__(self, *, is_incoming: bool = False) -> None:
        self._is_incoming = is_incoming
        self._client: DecodeClient | None = None
        self._lock = threading.Lock()

    def __call__(self) -> DecodeClient:
        """The client; its worker starts with the first request."""
        with self._lock:
            if self._client is None:
                from engine.workers.decode_client import DecodeClient  # noqa: PLC0415

                self._client = DecodeClient(is_incoming=self._is_incoming)
            return self._client

    def begin(self) -> None:
        """Start the worker ahead of its first use: it loads while other things are done."""
        try:
            self().start()
        except WorkerError as error:
            # The first film tries again, and says it.
            _LOG.warning("the decode worker could not be started ahead", exc_info=error)

    def take(self, ahead: FilmDecoder) -> None:
        """Go on with a worker that another decoder has begun, unless there is one here."""
        with ahead._lock:
            client, ahead._client = ahead._client, None
        with self._lock:
            if self._client is None:
                self._client, client = client, None
        if client is not None:
            client.close()

    def rest(self) -> None:
        """End the worker; the next use starts another one."""
        if self._client is not None:
            self._client.rest()

    def close(self) -> None:
        """End the worker for good."""
        if self._client is not None:
            self._client.close()
