"""The inference worker's verbs: one loaded bundle, one draft at a time.

Every request names the bundle it wants, so a fresh process (after a crash, a cancel that had to
kill, a timeout) needs no history: it loads what the request asks for.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from engine.errors import BundleError
from engine.inference.generator import Generator
from engine.inference.knock_out import Box
from engine.inference.manifest import manifest_sha256
from engine.inference.session import built_in_providers
from engine.report.findings import asserts_finding, labels
from engine.workers.entry import Call, Service
from engine.workers.protocol import Reply


def service() -> Service:
    """Handlers by verb.

    * `devices` → names of the providers that are built in, which says nothing of what works.
    * `load` (folder, manifest_sha256, allow_gpu) → the device it got.
    * `draft` (the same and one array of films) → the device and what was written.
    * `without` (the same, `told`: words of the sentences, `box`: fields of a `Box`) → the device
      and a `KnockOut` of each sentence.
    """
    worker = _Worker()
    return {
        "devices": worker.devices,
        "load": worker.load,
        "draft": worker.draft,
        "without": worker.without,
    }


class _Worker:
    def __init__(self) -> None:
        self._generator: Generator | None = None
        self._wish: tuple[str, str, bool] | None = None

    def devices(self, _call: Call) -> Reply:
        return Reply(value=list(built_in_providers()))

    def load(self, call: Call) -> Reply:
        return Reply(value={"device": asdict(self._loaded(call).sessions.device)})

    def draft(self, call: Call) -> Reply:
        generator = self._loaded(call)
        (images,) = call.arrays
        # A sentence that finds nothing has no place to point at.
        written = generator.generate(
            images, progress=call.progress, cancel=call.cancel, explains=asserts_finding
        )
        device = asdict(generator.sessions.device)
        return Reply(value={"device": device, "generated": written.to_json()})

    def without(self, call: Call) -> Reply:
        generator = self._loaded(call)
        (images,) = call.arrays
        found = generator.without(
            images,
            call.arguments["told"],
            Box(**call.arguments["box"]),
            progress=call.progress,
            cancel=call.cancel,
        )
        device = asdict(generator.sessions.device)
        return Reply(value={"device": device, "found": [asdict(one) for one in found]})

    def _loaded(self, call: Call) -> Generator:
        arguments = call.arguments
        folder = Path(arguments["folder"])
        wish = (str(folder), arguments["manifest_sha256"], arguments["allow_gpu"])
        if self._generator is None or wish != self._wish:
            self._generator = None
            if manifest_sha256(folder) != arguments["manifest_sha256"]:
                raise BundleError("The model was exchanged while it was in use.")
            self._generator = Generator.load(folder, allow_gpu=arguments["allow_gpu"], reads=labels)
            self._wish = wish
        return self._generator
