"""What a header or a report says never makes the writer of documents open a file (R44)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from testkit.soak import figure
from testkit.traced import calls_of

MARKER = "quokka-marker"
_WAYS = (
    '#read("{0}")',
    '#image("{0}")',
    '#include "{0}"',
    '#import "{0}": *',
    '#json("{0}")',
    '#csv("{0}")',
    '#eval("read(\\"{0}\\")")',
    '"); #read("{0}"); ("',
    '] #read("{0}") [',
    '$ #read("{0}") $',
    "`#read({0})`",
    '<img src="{0}">',
    '<img src="file://{0}">',
    "<script src='{0}'></script>",
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{0}">]>&e;',
    "\\input{{{0}}}",
    "\\includegraphics{{{0}}}",
    '=HYPERLINK("file://{0}")',
    "=cmd|'/C type {0}'!A0",
    "@SUM({0})",
    "file://{0}",
    "{0}",
    "../../../../../..{0}",
    "..\\..\\..{0}",
    "//localhost{0}",
    "\\\\localhost\\{0}",
    "\u202e{0}\u202c",
    "$(cat {0})",
    "`cat {0}`",
    "%n%s {0} \x00",
)
CODE = """
from testkit.report_documents import report_of, study_of
from engine.documents.letter import ReportDocument
from engine.documents.pdf import render_pdf
ways = {ways!r}
for way in ways[:3] + ways[-3:]:
    study = study_of(way)
    render_pdf(ReportDocument(report=report_of(*ways), study=study))
print(len(ways))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="strace is Linux's")
def test_r44_no_value_makes_a_document_read_a_file(tmp_path: Path) -> None:
    marker = tmp_path / MARKER
    marker.write_text("not to be read")
    ways = tuple(way.format(marker) for way in _WAYS)
    assert len(ways) == 30
    watched = "open,openat,openat2,stat,lstat,newfstatat,statx,access,readlink,execve"
    calls = calls_of(CODE.format(ways=ways), watched, tmp_path / "trace")
    said = [line for line in calls.splitlines() if MARKER in line and "execve(" not in line]
    assert said == []
    assert calls.count("openat(") > 100, "the trace has its calls"
    figure("R44", f"{len(ways)} tricks in names and sentences: no file was looked for")
