"""Names of the facts about a file, shared by the decode worker and the main process."""

from __future__ import annotations

from typing import Any

Facts = dict[str, Any]

_KEYS = (
    "sop_class",
    "modality",
    "transfer_syntax",
    "photometric",
    "rows",
    "columns",
    "frames",
    "bits_stored",
    "samples_sha256",
    "rescaled_min",
    "rescaled_max",
    "patient_name",
    "view",
    "view_source",
    "presentation_intent",
    "is_whole",
    "spacing",
    "windows",
    "overlays",
    "shown",
    "model_greys",
)


def no_facts(path: str, error: str | None) -> Facts:
    """Facts of a file about which nothing is known yet: every key, most of them None."""
    return {"path": path, "ok": False, "error": error, "notes": [], **dict.fromkeys(_KEYS)}
