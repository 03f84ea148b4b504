"""Values of an untrusted header; no content of a file makes these functions raise.

A wrong VR, text instead of a number, a decimal comma or an empty value among several costs that
value, never the film.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag


def value_of(dataset: Dataset, keyword: str) -> object:
    """The value or error of `dataset.get(keyword)`, in half the time."""
    tag = _tag_of(keyword)
    return dataset[tag].value if tag in dataset else None


def values_of(dataset: Dataset, keyword: str) -> list[object]:
    """The element's values, each as pydicom gives it; empty if it is absent or unreadable."""
    try:
        value = value_of(dataset, keyword)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - pydicom converts on access, and raises whatever it likes
        return []
    if value is None or value == "":
        return []
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def numbers_of(dataset: Dataset, keyword: str) -> list[float | None]:
    """The element's values as finite numbers, None for each value that is not a number.

    A comma is read as the decimal point: it has no other use in a decimal string (PS3.5 6.2).
    """
    return [_number(value) for value in values_of(dataset, keyword)]


def number_of(dataset: Dataset, keyword: str) -> float | None:
    """The first of an element's numbers; None if there is none or it is not a number."""
    return next(iter(numbers_of(dataset, keyword)), None)


def is_stated(dataset: Dataset, keyword: str) -> bool:
    """Whether the element is present with any content, readable or not."""
    return any(str(value).strip(" \0") for value in values_of(dataset, keyword))


def texts_of(dataset: Dataset, keyword: str) -> list[str]:
    """The element's values as stripped text."""
    return [str(value).strip() for value in values_of(dataset, keyword)]


def items_of(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; empty if the element is not a sequence."""
    return [item for item in values_of(dataset, keyword) if isinstance(item, Dataset)]


@cache
def _tag_of(keyword: str) -> BaseTag:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise ValueError(f"no element has the keyword {keyword}")
    return BaseTag(tag)


def _number(value: object) -> float | None:
    text = str(value).strip(" \0")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None
