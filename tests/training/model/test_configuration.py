"""Model settings survive JSON and refuse what cannot be built."""

from __future__ import annotations

import json

import pytest

from training.model.configuration import LinguisticForm, ModelConfiguration


def test_settings_survive_json() -> None:
    settings = ModelConfiguration(vocabulary_rows=99, linguistic=LinguisticForm.PAPER, labels=4)

    stored = json.loads(json.dumps(settings.as_dict()))
    assert ModelConfiguration.from_dict(stored) == settings


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="V_mask_ratio"):
        ModelConfiguration.from_dict({"vocabulary_rows": 9, "V_mask_ratio": 0.85})


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 100},
        {"token_pool": 3},
        {"pad_id": 1},
        {"linguistic": "leaky"},
        {"label_prompt": True},
    ],
)
def test_sizes_that_do_not_fit_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own sentence
        ModelConfiguration(vocabulary_rows=9, **wrong)
