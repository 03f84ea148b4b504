"""highdicom reads its tables of the standard in pieces, and reads the same."""

from __future__ import annotations

import json
import pkgutil

import pytest
from highdicom import _standard_utils
from pydicom.uid import EnhancedSRStorage, KeyObjectSelectionDocumentStorage

import engine.documents.dicom.structured_report  # noqa: F401 - as the product imports it
from engine.documents.dicom.standard_tables import Pieces


def test_modules_in_pieces_are_those_of_the_whole_table() -> None:
    read = _standard_utils.get_module_attribute_map()
    assert isinstance(read, Pieces)
    content = pkgutil.get_data("highdicom", "_standard/module_attribute_map.json")
    assert content is not None
    whole = json.loads(content)
    iods = _standard_utils.get_sop_class_iod_map()
    for sop_class in (EnhancedSRStorage, KeyObjectSelectionDocumentStorage):
        for module in _standard_utils.get_iod_module_map()[iods[sop_class]]:
            assert read[module["key"]] == whole[module["key"]]
    with pytest.raises(KeyError):
        read["no-such-module"]
    assert "no-such-module" not in read
