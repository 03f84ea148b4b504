"""Made-up data in MIMIC-CXR's layout. No line of the real data set is here."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

from PIL import Image

REPORT = """                                 FINAL REPORT
 EXAMINATION:  CHEST (PA AND LAT)

 INDICATION:  ___F with cough.

 FINDINGS:

 PA and lateral views compared to ___.  There is no focal
 consolidation..  The heart measures 12.5 cm.

 IMPRESSION:

 No acute process.
"""
# Study, split, films with their views, report.
STUDIES = (
    ("1", "train", (("a", "LATERAL"), ("b", "PA")), REPORT),
    ("2", "train", (("c", "AP"), ("d", "LL"), ("e", "SWIMMERS")), REPORT),
    ("3", "train", (("f", ""),), REPORT),
    ("4", "train", (("g", "AP"),), "IMPRESSION: Clear lungs."),
    ("5", "validate", (("h", "AP"),), REPORT),
    ("6", "test", (("i", "PA"),), REPORT),
)


def write_mimic_cxr(root: Path, ending: str = "csv") -> Path:
    """Write tables, films and reports; tables are compressed if the ending is "csv.gz"."""
    split, metadata = [], []
    for study, part, films, report in STUDIES:
        folder = root / "files" / "p10" / "p10000032" / f"s{study}"
        folder.mkdir(parents=True)
        folder.with_suffix(".txt").write_text(report)
        for name, view in films:
            Image.new("L", (20, 16), 90).save(folder / f"{name}.jpg")
            ids = {"dicom_id": name, "study_id": study, "subject_id": "10000032"}
            split.append({**ids, "split": part})
            metadata.append({**ids, "ViewPosition": view, "Rows": 16})
    for name, rows in (("split", split), ("metadata", metadata)):
        path = root / f"mimic-cxr-2.0.0-{name}.{ending}"
        text = io.StringIO()
        table = csv.DictWriter(text, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
        content = text.getvalue().encode()
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return root
