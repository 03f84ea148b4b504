"""A model pack is copied whole and as its manifest says, or not at all."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from testkit.tiny_bundle import write_tiny_bundle

from engine.errors import BundleError
from engine.inference import pack as pack_module
from engine.inference.manifest import MANIFEST, verify_bundle
from engine.inference.pack import unpack, write_pack


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack") / "bundle"
    write_tiny_bundle(folder)
    return folder


@pytest.fixture
def copied(bundle: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "copied"
    shutil.copytree(bundle, folder)
    return folder


def zipped(folder: Path, **more: bytes | str) -> Path:
    """The folder as a ZIP; `more` are members by name, and with "=name" in place of one."""
    file = folder.with_suffix(".zip")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
        for name, content in more.items():
            archive.writestr(name, content)
    return file


def change_manifest(folder: Path, change: Callable[[dict], None]) -> None:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    change(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def refusal(source: Path, tmp_path: Path) -> str:
    with pytest.raises(BundleError) as refused:
        unpack(source, tmp_path / "target")
    return refused.value.message


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_a_pack_is_copied_whole(bundle: Path, tmp_path: Path, form: str) -> None:
    source = bundle
    if form == "zip":
        source = tmp_path / "model.zip"
        write_pack(bundle, source)
    manifest = unpack(source, tmp_path / "target")
    assert manifest == verify_bundle(tmp_path / "target") == verify_bundle(bundle)


def test_equal_bundles_give_equal_packs(bundle: Path, copied: Path, tmp_path: Path) -> None:
    write_pack(bundle, tmp_path / "one.zip")
    write_pack(copied, tmp_path / "other.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_a_file_with_another_hash_is_named(copied: Path, tmp_path: Path) -> None:
    table = copied / "tokenizer.json"
    table.write_bytes(table.read_bytes().replace(b"heart", b"liver"))
    assert "tokenizer.json is not the file it should be" in refusal(zipped(copied), tmp_path)


def test_a_file_of_another_size_is_named(copied: Path, tmp_path: Path) -> None:
    (copied / "step.onnx").write_bytes(b"")
    assert "step.onnx is not the file it should be" in refusal(zipped(copied), tmp_path)


def test_a_missing_file_is_named(copied: Path, tmp_path: Path) -> None:
    (copied / "step.onnx").unlink()
    assert "step.onnx is missing" in refusal(zipped(copied), tmp_path)


def test_a_file_that_the_manifest_does_not_name_is_refused(copied: Path, tmp_path: Path) -> None:
    assert "extra.bin" in refusal(zipped(copied, **{"extra.bin": b"x"}), tmp_path)


@pytest.mark.parametrize(
    "name", ["../outside.onnx", "/tmp/outside.onnx", "a/b.onnx", "a\\b.onnx", ".hidden", "C:x"]
)
def test_a_name_that_leads_elsewhere_is_refused(copied: Path, tmp_path: Path, name: str) -> None:
    before = set(tmp_path.parent.rglob("outside*"))
    assert "cannot be used" in refusal(zipped(copied, **{name: b"x"}), tmp_path)
    assert set(tmp_path.parent.rglob("outside*")) == before


def test_a_link_is_refused(copied: Path, tmp_path: Path) -> None:
    file = zipped(copied)
    link = zipfile.ZipInfo("ngrams.npy")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "a folder or a link" in refusal(file, tmp_path)
    (copied / "ngrams.npy").symlink_to("/etc/passwd")
    shutil.rmtree(tmp_path / "target")
    assert "a folder or a link" in refusal(copied, tmp_path)


@pytest.mark.parametrize("share", [0.2, 0.9, 0.999])
def test_a_pack_that_was_cut_short_is_refused(copied: Path, tmp_path: Path, share: float) -> None:
    file = zipped(copied)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    assert refusal(file, tmp_path) == "The model pack is damaged or incomplete."


def test_a_flipped_bit_is_found(copied: Path, tmp_path: Path) -> None:
    file = zipped(copied)
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)
    assert "damaged" in refusal(file, tmp_path)


def test_another_file_is_no_pack(tmp_path: Path) -> None:
    other = tmp_path / "film.dcm"
    other.write_bytes(b"\0" * 128 + b"DICM")
    assert "no ZIP archive" in refusal(other, tmp_path)


def test_an_archive_without_a_manifest_is_no_pack(copied: Path, tmp_path: Path) -> None:
    (copied / MANIFEST).unlink()
    assert MANIFEST in refusal(zipped(copied), tmp_path)


def test_a_pack_larger_than_the_limit_is_refused_unread(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack_module, "MOST_BYTES", 50_000)
    bomb = zipped(copied, **{"encoder.bin": b"\0" * 60_000})
    assert bomb.stat().st_size < 50_000
    assert "larger than" in refusal(bomb, tmp_path)
    assert not list((tmp_path / "target").iterdir())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bundle_id", "../../etc"),
        ("bundle_id", "a model"),
        ("version", ""),
        ("version", "1" * 41),
        ("licence", " "),
        ("intended_use", "Line\nbreak"),
        ("intended_use", "long " * 101),
    ],
)
def test_words_that_readers_would_be_shown_must_be_plain(
    copied: Path, tmp_path: Path, field: str, value: str
) -> None:
    change_manifest(copied, lambda manifest: manifest.update({field: value}))
    assert "must" in refusal(zipped(copied), tmp_path)


def test_a_manifest_that_lists_a_file_twice_is_refused(copied: Path, tmp_path: Path) -> None:
    change_manifest(copied, lambda manifest: manifest["files"].append(manifest["files"][0]))
    assert "twice" in refusal(zipped(copied), tmp_path)


def test_a_pack_is_refused_where_it_has_no_room(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(pack_module.shutil, "disk_usage", lambda _path: full)
    assert refusal(zipped(copied), tmp_path).startswith("There is no room for the model")
