"""Folders, ZIP archives and DICOMDIRs, honest and hostile."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
import pyzipper
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage, generate_uid
from testkit.dicom_files import chest_like, write_film

from engine.dicom.scan import Candidate, FoundFiles, KeptArchive, find, opened_candidate
from engine.domain.progress import CancelToken, ignore_progress
from engine.errors import DamagedFileError, InputError, LimitExceededError, WrongPasswordError


def _find(*paths: Path, **options: object) -> FoundFiles:
    return find(paths, progress=ignore_progress, cancel=CancelToken(), **options)


def _dicomdir(path: Path, names: list[list[str]]) -> Path:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset = FileDataset(
        "", {}, file_meta=meta, preamble=b"\0" * 128, is_implicit_VR=False, is_little_endian=True
    )
    records = []
    for name in names:
        record = Dataset()
        record.DirectoryRecordType = "IMAGE"
        record.ReferencedFileID = name
        records.append(record)
    dataset.DirectoryRecordSequence = records
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_folders_are_searched_in_a_stable_order(tmp_path: Path) -> None:
    for name in ("b/2.dcm", "b/1.dcm", "a.dcm", "c/d/e/3"):
        write_film(tmp_path / name)
    (tmp_path / ".DS_Store").write_bytes(b"x")
    names = [str(item.path.relative_to(tmp_path)) for item in _find(tmp_path).candidates]
    assert names == ["a.dcm", "b/1.dcm", "b/2.dcm", "c/d/e/3"]
    assert len(_find(tmp_path, tmp_path / "a.dcm").candidates) == 4


def test_links_and_special_files_are_left_out(tmp_path: Path) -> None:
    write_film(tmp_path / "real" / "film.dcm")
    (tmp_path / "link.dcm").symlink_to(tmp_path / "real" / "film.dcm")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    found = _find(tmp_path)
    assert [item.path.name for item in found.candidates] == ["film.dcm"]
    assert {Path(item.name).name for item in found.skipped} == {"link.dcm", "pipe"}


def test_a_missing_path_is_a_sentence(tmp_path: Path) -> None:
    (skipped,) = _find(tmp_path / "nowhere").skipped
    assert skipped.reason.endswith(".")


def test_zip_members_are_read_in_memory(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.dcm").read_bytes()
    archive = tmp_path / "cd.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("DICOM/IM1", film)
        opened.writestr("DICOMDIR", b"index")
        opened.writestr("../../evil.dcm", film)
        opened.writestr("/etc/evil.dcm", film)
        opened.writestr("C:\\evil.dcm", film)
        opened.writestr("bomb.dcm", bytes(20 * 2**20))
    found = _find(archive)
    assert found.candidates == [Candidate(path=archive, member="DICOM/IM1")]
    with opened_candidate(found.candidates[0]) as stream:
        assert stream.read() == film
    reasons = sorted(item.reason for item in found.skipped)
    assert (
        reasons
        == ["It unpacks to suspiciously many times its size."]
        + ["Its name leads out of the ZIP archive."] * 3
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cd.zip", "film.dcm"]


def test_the_directory_of_a_large_zip_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for each of its thousands of members, a scan of them would take hours."""
    archive = tmp_path / "cd.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for number in range(20):
            opened.writestr(f"IM{number}", bytes([number]) * 9)
    reads: list[object] = []
    read_directory = zipfile.ZipFile.__init__

    def counted(self: zipfile.ZipFile, *arguments: Any, **options: Any) -> None:
        reads.append(self)
        read_directory(self, *arguments, **options)

    monkeypatch.setattr(zipfile.ZipFile, "__init__", counted)
    kept = KeptArchive()
    for number in range(20):
        with kept.opened_candidate(Candidate(path=archive, member=f"IM{number}")) as stream:
            assert stream.read() == bytes([number]) * 9
    assert len(reads) == 1
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as opened:
        opened.writestr("IM0", b"other")
    other.replace(archive)
    with kept.opened_candidate(Candidate(path=archive, member="IM0")) as stream:
        assert stream.read() == b"other", "an archive that was exchanged is not the one kept"
    kept.close()


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "liar.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("film", bytes(2 * 2**20))
    content = archive.read_bytes().replace(
        (2 * 2**20).to_bytes(4, "little"), (64).to_bytes(4, "little")
    )
    archive.write_bytes(content)
    (candidate,) = _find(archive).candidates
    with pytest.raises(DamagedFileError), opened_candidate(candidate):
        pass


def test_encrypted_members_and_broken_archives_are_sentences(tmp_path: Path) -> None:
    archive = tmp_path / "locked.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("film", b"x" * 100)
    content = bytearray(archive.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    assert [item.reason for item in _find(archive).skipped] == ["It is encrypted."]
    broken = tmp_path / "broken.zip"
    broken.write_bytes(archive.read_bytes()[:-30])
    assert [item.reason for item in _find(broken).skipped] == ["The ZIP archive is damaged."]


def test_an_archive_with_too_many_members_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.dicom.scan.MAX_MEMBERS", 3)
    archive = tmp_path / "many.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for number in range(4):
            opened.writestr(str(number), b"")
    assert "more than 3 files" in _find(archive).skipped[0].reason
    monkeypatch.setattr("engine.dicom.scan.MAX_FILES", 1)
    for name in ("a", "b"):
        write_film(tmp_path / "folder" / name)
    with pytest.raises(LimitExceededError):
        _find(tmp_path / "folder")


@pytest.mark.parametrize("given", ["folder", "index"])
def test_a_dicomdir_decides_which_files_are_read(tmp_path: Path, given: str) -> None:
    write_film(tmp_path / "IMAGES" / "IM2")
    write_film(tmp_path / "IMAGES" / "IM1")
    (tmp_path / "autorun.exe").write_bytes(b"MZ")
    index = _dicomdir(tmp_path / "DICOMDIR", [["IMAGES", "IM2"], ["IMAGES", "IM1"]])
    found = _find(index if given == "index" else tmp_path)
    assert [item.path.name for item in found.candidates] == ["IM2", "IM1"]
    assert found.skipped == []


def test_films_that_a_dicomdir_does_not_name_are_found_behind_those_it_names(
    tmp_path: Path,
) -> None:
    for name in ("IM1", "IM2", "SUB/IM3", "SUB/DEEP/IM4"):
        write_film(tmp_path / name)
    (tmp_path / "SUB" / "readme.txt").write_text("How to use the viewer on this disc")
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as opened:
        opened.writestr("IM5", b"x")
    _dicomdir(tmp_path / "DICOMDIR", [["SUB", "IM3"]])
    found = _find(tmp_path)
    names = [item.member or item.path.name for item in found.candidates]
    assert names == ["IM3", "IM1", "IM2", "IM5", "IM4"]
    assert found.skipped == []


@pytest.mark.parametrize("named", [[], [["readme.txt"]]], ids=["nothing", "another file"])
def test_a_dicomdir_that_names_no_film_hides_none(tmp_path: Path, named: list[list[str]]) -> None:
    write_film(tmp_path / "IM1")
    (tmp_path / "readme.txt").write_text("x")
    _dicomdir(tmp_path / "DICOMDIR", named)
    assert tmp_path / "IM1" in [item.path for item in _find(tmp_path).candidates]


def test_each_dicomdir_of_nested_folders_is_a_hint_for_its_own(tmp_path: Path) -> None:
    for name in ("A/IM1", "A/IM2", "B/IM1", "B/IM2"):
        write_film(tmp_path / name)
    _dicomdir(tmp_path / "DICOMDIR", [["B", "IM2"]])
    _dicomdir(tmp_path / "A" / "DICOMDIR", [["IM2"]])
    found = [item.path.relative_to(tmp_path).as_posix() for item in _find(tmp_path).candidates]
    assert found == ["B/IM2", "A/IM2", "A/IM1", "B/IM1"]


def test_a_dicomdir_on_a_lower_case_disc_is_followed(tmp_path: Path) -> None:
    write_film(tmp_path / "images" / "im1")
    _dicomdir(tmp_path / "dicomdir", [["IMAGES", "IM1"]])
    assert [item.path.name for item in _find(tmp_path).candidates] == ["im1"]


def test_a_dicomdir_that_names_missing_files_falls_back_to_the_folder(tmp_path: Path) -> None:
    write_film(tmp_path / "real.dcm")
    _dicomdir(tmp_path / "DICOMDIR", [["IMAGES", "IM1"]])
    found = _find(tmp_path)
    assert [item.path.name for item in found.candidates] == ["real.dcm"]
    assert "missing" in found.skipped[0].reason


@pytest.mark.parametrize(
    "name",
    [
        ["..", "secret"],
        ["../secret"],
        ["..\\secret"],
        ["/etc", "passwd"],
        ["C:", "secret"],
        ["LINK", "secret"],
    ],
)
def test_r38_a_dicomdir_never_leads_out_of_its_folder(tmp_path: Path, name: list[str]) -> None:
    outside = tmp_path / "outside"
    write_film(outside / "secret")
    disc = tmp_path / "disc"
    write_film(disc / "IM1")
    (disc / "LINK").symlink_to(outside)
    _dicomdir(disc / "DICOMDIR", [["IM1"], name])
    found = _find(disc)
    assert [item.path for item in found.candidates] == [disc / "IM1"]
    assert any(Path(item.name).name == "DICOMDIR" for item in found.skipped)


@pytest.mark.parametrize("part", ["DirectoryRecordSequence", "ReferencedFileID"])
def test_a_dicomdir_of_other_values_falls_back_to_the_folder(tmp_path: Path, part: str) -> None:
    """Its failure would end the scan of everything else as well."""
    write_film(tmp_path / "real.dcm")
    index = _dicomdir(tmp_path / "DICOMDIR", [["IMAGES", "IM1"]])
    dataset = dcmread(index)
    place = dataset if part.startswith("Directory") else dataset.DirectoryRecordSequence[0]
    del place[part]
    place.add_new(part, "LO" if place is dataset else "FD", "no record" if place is dataset else 1)
    dataset.save_as(index)
    found = _find(tmp_path)
    assert [item.path.name for item in found.candidates] == ["real.dcm"]
    assert found.skipped[0].reason.endswith("searched instead.") or (
        "missing" in found.skipped[0].reason
    )


@pytest.mark.parametrize(
    ("place", "value"), [(46, 0), (50, 0), (51, 4)], ids=["no name", "no key", "short key"]
)
def test_a_broken_entry_of_an_encrypted_zip_costs_only_its_archive(
    tmp_path: Path, place: int, value: int
) -> None:
    """pyzipper raises an `IndexError`, or a `BadZipFile` of its own."""
    stream = io.BytesIO()
    with pyzipper.AESZipFile(stream, "w", encryption=pyzipper.WZ_AES) as made:
        made.setpassword(b"secret")
        made.writestr("IM1", b"x" * 40)
    broken = bytearray(stream.getvalue())
    broken[broken.index(b"PK\1\2") + place] = value
    good, archive = write_film(tmp_path / "film.dcm"), tmp_path / "cd.zip"
    archive.write_bytes(broken)
    found = _find(archive, good, passwords={archive: "secret"})
    assert found.candidates[-1].path == good
    for candidate in found.candidates[:-1]:
        with pytest.raises(InputError), opened_candidate(candidate, "secret"):
            pass


def test_a_broken_dicomdir_falls_back_to_the_folder(tmp_path: Path) -> None:
    write_film(tmp_path / "IM1")
    (tmp_path / "DICOMDIR").write_bytes(b"rubbish" * 100)
    found = _find(tmp_path)
    assert [item.path.name for item in found.candidates] == ["IM1"]
    assert "searched instead" in found.skipped[0].reason


def test_a_film_with_a_zip_preamble_is_a_film(tmp_path: Path) -> None:
    path = write_film(tmp_path / "dual.dcm")
    content = io.BytesIO(path.read_bytes())
    content.write(b"PK\x03\x04")
    path.write_bytes(content.getvalue())
    assert _find(path).candidates == [Candidate(path=path)]


def _locked(path: Path, films: dict[str, bytes]) -> Path:
    with pyzipper.AESZipFile(
        path, "w", compression=zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as opened:
        opened.setpassword(b"r\xc3\xb6ntgen")
        for name, content in films.items():
            opened.writestr(name, content)
    return path


def test_an_encrypted_zip_asks_for_its_password_and_opens_with_it(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.dcm").read_bytes()
    archive = _locked(tmp_path / "cd.zip", {"IM1": film, "../out.dcm": film})
    without = _find(archive)
    assert (without.candidates, without.locked) == ([], [archive])
    assert "It is encrypted." in {item.reason for item in without.skipped}
    wrong = _find(archive, passwords={archive: "wrong"})
    assert (wrong.candidates, wrong.locked) == ([], [archive])
    assert "The password of the ZIP archive is wrong." in {item.reason for item in wrong.skipped}
    right = _find(archive, passwords={archive: "röntgen"})
    assert right.locked == []
    assert right.candidates == [Candidate(path=archive, member="IM1")]
    assert [item.reason for item in right.skipped] == ["Its name leads out of the ZIP archive."]
    with opened_candidate(right.candidates[0], "röntgen") as stream:
        assert stream.read() == film
    with (
        pytest.raises(WrongPasswordError),
        opened_candidate(right.candidates[0]),
    ):
        pass


@pytest.mark.skipif(shutil.which("zip") is None, reason="needs the program zip")
def test_the_old_zip_encryption_is_read_too(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.dcm")
    archive = tmp_path / "old.zip"
    command = ["zip", "-q", "-j", "-P", "old", str(archive), str(film)]
    subprocess.run(command, check=True)
    assert _find(archive, passwords={archive: "wrong"}).candidates == []
    (candidate,) = _find(archive, passwords={archive: "old"}).candidates
    with opened_candidate(candidate, "old") as stream:
        assert stream.read() == film.read_bytes()


def test_a_bomb_stays_out_of_an_encrypted_zip(tmp_path: Path) -> None:
    archive = _locked(tmp_path / "bomb.zip", {"bomb.dcm": bytes(20 * 2**20)})
    found = _find(archive, passwords={archive: "röntgen"})
    assert found.candidates == []
    assert "suspiciously" in found.skipped[0].reason


def test_a_search_can_stop_early_to_have_something_to_show(tmp_path: Path) -> None:
    for number in range(9):
        write_film(tmp_path / f"{number}.dcm", chest_like(16, 16))
    first = _find(tmp_path, at_most=3).candidates
    assert first == _find(tmp_path).candidates[:3]
