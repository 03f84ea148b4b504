"""The shipped bundle in 8 bits: smaller, verified, and compared with itself in 32."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import BundleError
from engine.inference.manifest import ENCODER, STEP, verify_bundle
from engine.paths import model_bundle
from training.export.quantize import compare, quantize

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (model_bundle() / ENCODER).is_file(), reason="needs the real bundle"),
]


def test_the_8_bit_bundle_is_whole_smaller_and_compared(tmp_path: Path) -> None:
    target = tmp_path / "int8"
    manifest = quantize(model_bundle(), target)

    assert verify_bundle(target) == manifest
    assert manifest.bundle_id.endswith("-int8")
    for name in (ENCODER, STEP):
        assert (target / name).stat().st_size < 0.8 * (model_bundle() / name).stat().st_size
    size = manifest.preprocess.size
    films = np.random.default_rng(0).standard_normal((1, 3, size, size)).astype(np.float32)
    report = compare(model_bundle(), target, [films])
    assert report.studies == 1
    assert report.identical in (0.0, 1.0)
    assert report.megabytes[1] < report.megabytes[0] < 60
    assert -1.0 < report.log_prob_change < 1.0
    assert report.log_prob_change != 0.0

    with pytest.raises(BundleError, match="already"):
        quantize(model_bundle(), target)
    assert [path.name for path in tmp_path.iterdir()] == ["int8"]
