"""A decode worker that was begun before the workspace was open."""

from __future__ import annotations

import pytest

from engine.errors import WorkerCrashedError
from engine.services.film_decoder import FilmDecoder
from engine.workers.decode_client import DecodeClient


def test_the_worker_that_was_begun_goes_on_and_no_second_one_starts() -> None:
    ahead, decoder = FilmDecoder(), FilmDecoder()
    ahead.begin()
    begun = ahead().pid
    decoder.take(ahead)
    ahead.close()
    assert decoder().pid == begun is not None
    decoder.close()
    assert decoder().pid is None


def test_a_worker_that_is_not_needed_is_ended() -> None:
    ahead, decoder = FilmDecoder(), FilmDecoder()
    own = decoder()
    ahead.begin()
    unneeded = ahead()
    decoder.take(ahead)
    assert decoder() is own
    assert unneeded.pid is None
    decoder.close()


def test_a_worker_that_cannot_be_begun_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_client: DecodeClient) -> None:
        raise WorkerCrashedError("The background process could not be started.")

    monkeypatch.setattr(DecodeClient, "start", fail)
    FilmDecoder().begin()
    assert "could not be started ahead" in caplog.text
