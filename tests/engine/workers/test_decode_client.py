"""The decode worker over real, broken and hostile files: a value or a sentence, always."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import pyzipper
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1
from testkit.children import output_of
from testkit.dicom_data import extract_malformed, real_file, real_files
from testkit.dicom_files import chest_like, film, write_film
from testkit.soak import figure, tries

from engine.domain.progress import CancelToken, Progress
from engine.domain.study import Study, View
from engine.errors import (
    CancelledError,
    DamagedFileError,
    InputError,
    WorkerCrashedError,
    WorkerTimeoutError,
)
from engine.workers.decode_client import DecodeClient
from engine.workers.pool import WorkerProcess

LIMIT_RSS = 1536 * 2**20
LOSSY = {"50", "51", "81", "91", "203"}
# GDCM reads these otherwise; the test below holds them against an uncompressed sibling, or the
# header contradicts the code stream, for which PS3.5 8.2.4 lets the code stream win.
ORACLE_DIFFERS = {
    "SC_rgb_rle_16bit.dcm",
    "SC_rgb_rle_32bit.dcm",
    "SC_rgb_rle_32bit_2frame.dcm",
    "rtdose_expb.dcm",
    "JLSL_16_15_1_1F.dcm",
    "J2K_pixelrep_mismatch.dcm",
    "TOSHIBA_J2K_SIZ1_PixRep0.dcm",  # GDCM wraps the negative values; in HU they make sense
}
SIBLINGS = [
    ("SC_rgb_rle_16bit.dcm", "SC_rgb_expb_16bit.dcm"),
    ("rtdose_rle_1frame.dcm", "rtdose_1frame.dcm"),
    ("rtdose_expb.dcm", "rtdose_1frame.dcm"),
    ("liver_j2k.dcm", "liver_1frame.dcm"),
    ("liver_expb.dcm", "liver_1frame.dcm"),
    ("MR_small_RLE.dcm", "MR_small_implicit.dcm"),
    ("MR_small_bigendian.dcm", "MR_small_implicit.dcm"),
    ("MR_small_jp2klossless.dcm", "MR_small_implicit.dcm"),
    ("MR_small_jpeg_ls_lossless.dcm", "MR_small_implicit.dcm"),
    ("emri_small_jpeg_ls_lossless.dcm", "emri_small_big_endian.dcm"),
    ("emri_small_jpeg_2k_lossless.dcm", "emri_small_big_endian.dcm"),
    ("MR1_JLSL", "MR1_J2KR"),
    ("MR1_JPLL", "MR1_RLE"),
    ("SC_rgb_jpeg_gdcm.dcm", "_SC_rgb.dcm"),
]


@pytest.fixture(scope="module")
def client() -> Iterator[DecodeClient]:
    with DecodeClient() as shared:
        yield shared


@dataclass
class _Survey:
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    slowest: float = 0.0
    peak: int = 0


def _survey(client: DecodeClient, files: list[Path]) -> _Survey:
    """Inspect every file and hold each answer to the rules of the command."""
    survey = _Survey()
    for path in files:
        started = time.monotonic()
        facts = client.inspect(path)
        survey.slowest = max(survey.slowest, time.monotonic() - started)
        survey.facts[str(path)] = facts
        json.dumps(facts, allow_nan=False)
        assert facts["ok"] is (facts["error"] is None), path.name
        if not facts["ok"]:
            assert facts["error"].endswith("."), path.name
            assert "Traceback" not in facts["error"]
        if client.pid is not None:
            survey.peak = max(survey.peak, psutil.Process(client.pid).memory_info().rss)
    assert survey.slowest < 15
    assert survey.peak < LIMIT_RSS
    return survey


@pytest.fixture(scope="module")
def real(client: DecodeClient) -> dict[str, dict[str, Any]]:
    return _survey(client, real_files()).facts


def test_every_real_file_is_a_value_or_a_sentence(real: dict[str, dict[str, Any]]) -> None:
    assert sum(facts["ok"] for facts in real.values()) == 115


@pytest.mark.parametrize("slope", ["1e308", "NaN", "Infinity", "1e-320"])
def test_no_rescale_value_makes_a_number_that_json_lacks(
    client: DecodeClient, tmp_path: Path, slope: str
) -> None:
    dataset = film(chest_like(), RescaleIntercept="0")
    dataset.add_new("RescaleSlope", "LO", slope)
    dataset.save_as(tmp_path / "film.dcm", enforce_file_format=True)
    (facts,) = _survey(client, [tmp_path / "film.dcm"]).facts.values()
    assert facts["ok"]


@pytest.mark.parametrize("damage", ["cut short", "changed", "another size"])
def test_a_broken_jpeg_2000_film_is_a_sentence_and_the_worker_stays(
    client: DecodeClient, tmp_path: Path, damage: str
) -> None:
    dataset = film(chest_like(300, 200), transfer_syntax=JPEG2000Lossless)
    stream = next(generate_frames(dataset.PixelData, number_of_frames=1))
    if damage == "cut short":
        stream = stream[: len(stream) // 3 * 2]
    elif damage == "changed":
        stream = stream[:40] + b"\xff" * 60 + stream[100:]
    else:
        dataset.Rows = 299
    dataset.PixelData = encapsulate([stream])
    dataset.save_as(tmp_path / "film.dcm", enforce_file_format=True)
    write_film(tmp_path / "whole.dcm", transfer_syntax=JPEG2000Lossless)
    broken, whole = client.scan([tmp_path / "film.dcm"]), client.scan([tmp_path / "whole.dcm"])
    process = client.pid
    with pytest.raises(DamagedFileError, match=r"(damaged|cut short|says)\.$"):
        client.pixels(broken.studies[0].images[0])
    pixels = client.pixels(whole.studies[0].images[0])
    np.testing.assert_array_equal(pixels.samples, chest_like())
    assert client.pid == process


def test_what_is_known_is_told_of_a_film_whose_pixels_are_lost(
    client: DecodeClient, tmp_path: Path
) -> None:
    dataset = film(chest_like(32, 24), transfer_syntax=JPEGLosslessSV1)
    dataset.PixelData = encapsulate([b"\xff\xd8 nothing of it left"])
    dataset.save_as(tmp_path / "film.dcm", enforce_file_format=True)
    facts = client.inspect(tmp_path / "film.dcm")
    assert not facts["ok"]
    assert (facts["rows"], facts["columns"], facts["frames"]) == (32, 24, 1)


def test_r34_a_slice_of_the_broken_files_is_survived(client: DecodeClient, tmp_path: Path) -> None:
    files = extract_malformed(tmp_path)
    chosen = random.Random(41).sample(files, 60)  # noqa: S311 - a fixed slice
    _survey(client, chosen)
    first = client.pid
    result = client.scan([tmp_path])
    assert client.pid == first, "no broken file may end the worker"
    count = sum(len(study.images) for study in result.studies) + len(result.skipped)
    assert count == len(files)


@pytest.mark.slow
def test_r34_all_broken_files_are_survived(client: DecodeClient, tmp_path: Path) -> None:
    files = extract_malformed(tmp_path)
    assert len(files) == 481
    _survey(client, files)


def test_r41_lossless_samples_equal_a_second_decoder(real: dict[str, dict[str, Any]]) -> None:
    files = [
        path
        for path, facts in real.items()
        if facts["ok"] and facts["transfer_syntax"].rsplit(".", 1)[-1] not in LOSSY
    ]
    compared = 0
    for answer in map(json.loads, output_of("gdcm_oracle", *files).splitlines()):
        path, expected = answer["path"], answer["sha256"]
        if expected is None or Path(path).name.split("_", 1)[1] in ORACLE_DIFFERS:
            continue
        assert real[path]["samples_sha256"] == expected, path
        compared += 1
    assert compared > 65


@pytest.mark.parametrize(("name", "sibling"), SIBLINGS)
def test_lossless_samples_equal_the_same_image_stored_otherwise(
    real: dict[str, dict[str, Any]], name: str, sibling: str
) -> None:
    one, other = real[str(real_file(name))], real[str(real_file(sibling))]
    assert one["samples_sha256"] == other["samples_sha256"] is not None


def test_a_folder_becomes_studies_with_views_and_skipped_files(
    client: DecodeClient, tmp_path: Path
) -> None:
    same = {"StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.3.4"}
    write_film(tmp_path / "b" / "lateral.dcm", ViewPosition="LL", InstanceNumber=2, **same)
    write_film(tmp_path / "a" / "frontal.dcm", InstanceNumber=1, **same)
    write_film(tmp_path / "prior.dcm", StudyDate="20200101")
    (tmp_path / "notes.txt").write_text("not a film")
    seen: list[Progress] = []
    result = client.scan([tmp_path], progress=seen.append)
    current, prior = result.studies
    assert current.uid == "1.2.3"
    assert current.frontal is not None
    assert current.frontal.path == tmp_path / "a" / "frontal.dcm"
    assert current.lateral is not None
    assert current.lateral.view is View.LATERAL
    assert current.patient.name == "Test, Ada"
    assert prior.patient.is_same_person(current.patient)
    assert [(Path(item.name).name, item.reason) for item in result.skipped] == [
        ("notes.txt", "It is not a DICOM file.")
    ]
    assert (seen[-1].done, seen[-1].total) == (4, 4)


def test_pixels_arrive_as_they_were_stored(client: DecodeClient, tmp_path: Path) -> None:
    path = write_film(
        tmp_path / "film.dcm",
        WindowCenter=[1000, 2000],
        WindowWidth=[500, 900],
        WindowCenterWidthExplanation=["A", "B"],
    )
    (study,) = client.scan([path]).studies
    image = client.pixels(study.images[0])
    np.testing.assert_array_equal(image.samples, chest_like())
    assert [(window.center, window.name) for window in image.windows] == [(1000, "A"), (2000, "B")]
    assert image.samples_sha256 == client.inspect(path)["samples_sha256"]


def test_a_file_that_changed_since_the_scan_is_not_shown(
    client: DecodeClient, tmp_path: Path
) -> None:
    path = write_film(tmp_path / "film.dcm")
    (study,) = client.scan([path]).studies
    write_film(path, PatientName="Other^Person")
    with pytest.raises(InputError, match="changed"):
        client.pixels(study.images[0])


@pytest.mark.parametrize("error", [WorkerTimeoutError("slow."), WorkerCrashedError("gone.")])
def test_a_file_that_ends_its_worker_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The worker is stopped or killed while it reads one file; the scan goes on with the rest."""
    for number in range(3):
        write_film(tmp_path / f"{number}.dcm", InstanceNumber=number)
    with DecodeClient() as client:
        client.start()
        request = WorkerProcess.request

        def hostile(worker: WorkerProcess, verb: str, arguments: dict, **options: object):
            names = [Path(file["path"]).name for file in arguments.get("files", ())]
            if verb == "headers" and "1.dcm" in names:
                pid = worker.pid
                assert pid is not None
                is_crash = isinstance(error, WorkerCrashedError)
                os.kill(pid, signal.SIGKILL if is_crash else signal.SIGSTOP)
                options["timeout_s"] = 0.5
            return request(worker, verb, arguments, **options)

        monkeypatch.setattr(WorkerProcess, "request", hostile)
        result = client.scan([tmp_path])
    assert sum(len(study.images) for study in result.studies) == 2
    assert [Path(item.name).name for item in result.skipped] == ["1.dcm"]


def test_a_scan_is_cancelled(client: DecodeClient, tmp_path: Path) -> None:
    for number in range(20):
        write_film(tmp_path / f"{number}.dcm")
    cancel = CancelToken()

    def stop(progress: Progress) -> None:
        if progress.done == 3:
            cancel.cancel()

    with pytest.raises(CancelledError):
        client.scan([tmp_path], progress=stop, cancel=cancel)
    assert client.scan([tmp_path / "1.dcm"]).studies


def test_studies_are_told_while_the_scan_goes_on_and_kept_when_it_is_stopped(
    client: DecodeClient, tmp_path: Path
) -> None:
    for number in range(60):
        write_film(tmp_path / f"{number:03}.dcm", chest_like(16, 16), StudyInstanceUID="1.2.3")
    told: list[int] = []
    cancel = CancelToken()

    def stop(progress: Progress) -> None:
        if progress.done == 40:
            cancel.cancel()

    def count(studies: tuple[Study, ...]) -> None:
        told.append(len(studies[0].images))

    with pytest.raises(CancelledError):
        client.scan([tmp_path], progress=stop, cancel=cancel, on_found=count)
    assert told[0] < 40
    assert told[-1] == 40
    assert told == sorted(set(told)), "nothing is told twice"


def test_after_a_scan_no_archive_stays_open(client: DecodeClient, tmp_path: Path) -> None:
    archive = tmp_path / "cd.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.write(write_film(tmp_path / "film.dcm"), "IM1")
    assert client.scan([archive]).studies
    assert client.pid is not None
    held = {Path(each.path) for each in psutil.Process(client.pid).open_files()}
    assert archive not in held


def test_films_of_an_encrypted_zip_open_with_its_password(
    client: DecodeClient, tmp_path: Path
) -> None:
    film = write_film(tmp_path / "film.dcm")
    archive = tmp_path / "cd.zip"
    with pyzipper.AESZipFile(archive, "w", encryption=pyzipper.WZ_AES) as locked:
        locked.setpassword(b"secret")
        locked.write(film, "IM1")
    assert client.scan([archive]).locked == (archive,)
    client.unlock(archive, "secret")
    result = client.scan([archive])
    assert result.locked == ()
    np.testing.assert_array_equal(client.pixels(result.studies[0].images[0]).samples, chest_like())


def test_r37_a_film_that_starts_like_a_program_is_in_the_log(
    client: DecodeClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_film(tmp_path / "Ada.dcm")
    path.write_bytes(b"MZ".ljust(128, b"\0") + path.read_bytes()[128:])
    (study,) = client.scan([path]).studies
    notes = client.pixels(study.images[0]).notes
    assert notes == ("The file also starts like a Windows program; do not run or pass it on.",)
    assert caplog.messages == ["A film that was opened also starts like a Windows program."]


@pytest.mark.timeout(3600)
def test_r40_killed_at_random_moments_the_next_film_opens(tmp_path: Path) -> None:
    kills = tries(2, 200)
    samples = chest_like(1500, 1200)
    path = write_film(tmp_path / "film.dcm", samples)
    chance = random.Random(3)  # noqa: S311 - moments, not secrets
    before = {child.pid for child in psutil.Process().children()}
    with DecodeClient() as client:
        (study,) = client.scan([path]).studies
        descriptors = psutil.Process().num_fds()
        for _ in range(kills):
            pid = client.pid
            assert pid is not None
            timer = threading.Timer(chance.uniform(0, 0.05), os.kill, (pid, signal.SIGKILL))
            timer.start()
            try:
                while True:
                    client.pixels(study.images[0])
            except WorkerCrashedError:
                pass
            timer.join()
            np.testing.assert_array_equal(client.pixels(study.images[0]).samples, samples)
            assert psutil.Process().num_fds() == descriptors
    assert {child.pid for child in psutil.Process().children()} == before
    figure("R40", f"{kills} kills of the decode worker: the next film opened, no handle lost")


def test_neither_qt_nor_pydicom_is_loaded_by_the_products_side() -> None:
    script = (
        "import sys, engine.workers.decode_client\n"
        "import engine.imaging.window, engine.imaging.transform\n"
        "print(sorted({'pydicom', 'imagecodecs', 'PySide6', 'onnxruntime'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=root, text=True
    )
    assert done.stdout.strip() == "[]"
