"""The inference worker's verbs: one loaded bundle, one draft at a time.

Every request names the bundle it wants, so a fresh process (after a crash, a cancellation that had
to kill, a timeout) needs no history: it loads what the request asks for.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import BundleError
from engine.inference.device import CUDA
from engine.inference.generated import Drafted
from engine.inference.generator import Generator
from engine.inference.manifest import manifest_sha256
from engine.inference.occlusion import Box
from engine.inference.outline_session import OutlineModel
from engine.inference.pack import unpack
from engine.inference.session import built_in_providers
from engine.language.findings import asserts_finding, labels
from engine.workers.entry import Call, Service
from engine.workers.limits import INFERENCE_ADDRESS_SPACE, limit_address_space
from engine.workers.plain import from_plain, reply_with
from engine.workers.protocol import Reply


def service() -> Service:
    """Handlers by verb.

    * `devices` → names of the built-in providers, whether or not they work.
    * `unpack` (source, target) → nothing; a model pack is copied into a new folder and checked.
    * `load` (folder, manifest_sha256, allow_gpu) → the device it got.
    * `draft` (the same and one array of films) → a `Drafted`.
    * `without` (the same, `sentences`: their words, `box`: a `Box`) → an `Occlusion` for each
      sentence.
    * `outline` (folder, manifest_sha256 of the outline model, one array of films) → an `Outlined`.
    """
    if CUDA not in built_in_providers():
        # A graphics card's driver maps more address space than any useful limit allows.
        limit_address_space(INFERENCE_ADDRESS_SPACE)
    worker = _Worker()
    return {
        "devices": worker.devices,
        "unpack": worker.unpack,
        "load": worker.load,
        "draft": worker.draft,
        "without": worker.without,
        "outline": worker.outline,
    }


class _Worker:
    def __init__(self) -> None:
        self._generator: Generator | None = None
        self._wish: tuple[str, str, bool] | None = None
        self._outline: OutlineModel | None = None
        self._outline_wish: tuple[str, str] | None = None

    def devices(self, _call: Call) -> Reply:
        return Reply(value=list(built_in_providers()))

    def unpack(self, call: Call) -> Reply:
        arguments = call.arguments
        unpack(Path(arguments["source"]), Path(arguments["target"]))
        return Reply(value=None)

    def load(self, call: Call) -> Reply:
        return reply_with(self._loaded(call).sessions.device)

    def draft(self, call: Call) -> Reply:
        generator = self._loaded(call)
        (images,) = call.arrays
        # A sentence that asserts no finding has no cells to show.
        written = generator.generate(
            images, progress=call.progress, cancel=call.cancel, explains=asserts_finding
        )
        return reply_with(Drafted(device=generator.sessions.device, generated=written))

    def without(self, call: Call) -> Reply:
        generator = self._loaded(call)
        (images,) = call.arrays
        found = generator.without(
            images,
            call.arguments["sentences"],
            from_plain(Box, call.arguments["box"]),
            progress=call.progress,
            cancel=call.cancel,
        )
        return reply_with(found)

    def outline(self, call: Call) -> Reply:
        folder, wanted = call.arguments["folder"], call.arguments["manifest_sha256"]
        if self._outline is None or self._outline_wish != (folder, wanted):
            self._outline = None
            self._outline = OutlineModel.load(Path(folder), wanted)
            self._outline_wish = (folder, wanted)
        (films,) = call.arrays
        return reply_with(self._outline.outline(films))

    def _loaded(self, call: Call) -> Generator:
        arguments = call.arguments
        folder = Path(arguments["folder"])
        wish = (str(folder), arguments["manifest_sha256"], arguments["allow_gpu"])
        if self._generator is None or wish != self._wish:
            self._generator = None
            if manifest_sha256(folder) != arguments["manifest_sha256"]:
                raise BundleError("The model was exchanged while it was in use.")
            self._generator = Generator.load(
                folder, allow_gpu=arguments["allow_gpu"], read_findings=labels
            )
            self._wish = wish
        return self._generator
