"""Whether a film is for reading or raw data for processing (PS3.3 A.26, C.8.11.1.1.1)."""

from __future__ import annotations

import re

from pydicom.dataset import FileDataset

from engine.dicom.stored import kind_of
from engine.dicom.values import texts_of
from engine.domain.study import PresentationIntent

RAW_NOTE = "This is raw data for processing, not the film as it is meant to be read."


def intent_of(dataset: FileDataset) -> PresentationIntent:
    """Presentation Intent Type (0008,0068), else the intent in the SOP class's name."""
    for words in (" ".join(texts_of(dataset, "PresentationIntentType")), kind_of(dataset)):
        letters = re.sub(r"[^A-Z]", "", words.upper())
        for intent in (PresentationIntent.PROCESSING, PresentationIntent.PRESENTATION):
            if letters.endswith(intent.value.replace(" ", "")):
                return intent
    return PresentationIntent.UNSAID
