"""An acceptance test from real films, reports and a small model to figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from testkit.dicom_files import chest_like, write_film
from testkit.prior_documents import own_report, write_document
from testkit.report_documents import report_of, signed
from testkit.tiny_bundle import write_tiny_bundle
from testkit.tiny_iu_xray import study, write_split

from engine.domain.progress import CancelToken, Progress, ignore_progress
from engine.errors import CancelledError, InputError
from engine.inference.pack import write_pack
from engine.services.acceptance import run_acceptance
from engine.services.acceptance_material import CODES, REPORT, Material, find_material
from engine.workers.decode_client import DecodeClient

EFFUSION = "Findings: There is a large pleural effusion."


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecodeClient]:
    with DecodeClient() as shared:
        yield shared


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    write_tiny_bundle(folder, says="there is a large pleural effusion .")
    return folder


def film(path: Path, uid: str, **elements: object) -> Path:
    return write_film(path, StudyInstanceUID=uid, **elements)


def material(folder: Path, decoder: DecodeClient) -> Material:
    return find_material(folder, decoder, ignore_progress, CancelToken())


def reported(found: Material) -> list[set[str]]:
    return [set(case.reported) for case in found.cases]


def test_a_verified_structured_report_in_the_study_is_read(
    tmp_path: Path, decoder: DecodeClient
) -> None:
    report = signed(report_of("The heart is enlarged.", "There is a pleural effusion."))
    film(tmp_path / "a" / "film.dcm", "1.2.1")
    write_document(tmp_path / "a" / "sr.dcm", own_report(report), StudyInstanceUID="1.2.1")
    film(tmp_path / "b" / "film.dcm", "1.2.2")
    write_document(
        tmp_path / "b" / "sr.dcm",
        own_report(report),
        StudyInstanceUID="1.2.2",
        VerificationFlag="UNVERIFIED",
    )
    found = material(tmp_path, decoder)
    assert reported(found) == [{"Cardiomegaly", "Pleural Effusion"}]
    assert found.left_out == {"There is no report beside the study.": 1}


def test_a_text_of_the_films_name_or_alone_in_its_folder_is_read(
    tmp_path: Path, decoder: DecodeClient
) -> None:
    film(tmp_path / "x1.dcm", "1.2.1")
    film(tmp_path / "x2.dcm", "1.2.2")
    (tmp_path / "x1.txt").write_text(f"History: cardiomegaly.\n{EFFUSION}")
    film(tmp_path / "case" / "series" / "film.dcm", "1.2.3")
    (tmp_path / "case" / "series" / "report.txt").write_text("The heart is enlarged.")
    found = material(tmp_path, decoder)
    assert sorted(map(sorted, reported(found))) == [["Cardiomegaly"], ["Pleural Effusion"]]
    assert found.left_out == {"There is no report beside the study.": 1}


def test_a_text_among_several_studies_belongs_to_none(
    tmp_path: Path, decoder: DecodeClient
) -> None:
    film(tmp_path / "all" / "x1.dcm", "1.2.1")
    film(tmp_path / "all" / "x2.dcm", "1.2.2")
    (tmp_path / "all" / "report.txt").write_text(EFFUSION)
    assert material(tmp_path, decoder).cases == []


def test_a_table_is_matched_by_uid_accession_folder_and_file(
    tmp_path: Path, decoder: DecodeClient
) -> None:
    film(tmp_path / "x1.dcm", "1.2.1", AccessionNumber="A-1")
    film(tmp_path / "x2.dcm", "1.2.2", AccessionNumber="A-2")
    film(tmp_path / "x3.dcm", "1.2.3", AccessionNumber="")
    film(tmp_path / "folder" / "y.dcm", "1.2.4", AccessionNumber="")
    (tmp_path / "reports.csv").write_text(
        "Study,Findings,Impression\n"
        '1.2.1,"The heart is enlarged.",\n'
        'A-2,,"There is a pleural effusion."\n'
        'x3,"The lungs are clear.",Normal.\n'
        'folder,"Calcified granuloma.",\n'
    )
    found = material(tmp_path, decoder)
    assert sorted(map(sorted, reported(found))) == [
        [],
        ["Calcified Granuloma"],
        ["Cardiomegaly"],
        ["Pleural Effusion"],
    ]
    assert {case.reference for case in found.cases} == {REPORT}


def test_a_table_without_its_columns_is_refused(tmp_path: Path, decoder: DecodeClient) -> None:
    film(tmp_path / "x1.dcm", "1.2.1")
    (tmp_path / "reports.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"reports.csv has no column study"):
        material(tmp_path, decoder)


def test_what_the_headers_tell_is_kept_and_nobodys_name(
    tmp_path: Path, decoder: DecodeClient
) -> None:
    film(
        tmp_path / "x.dcm",
        "1.2.1",
        Manufacturer="Maker",
        ManufacturerModelName="DX 7",
        PatientSex="M",
    )
    (tmp_path / "x.txt").write_text("Normal.")
    (case,) = material(tmp_path, decoder).cases
    assert dict(case.groups) == {
        "view": "PA alone",
        "sex": "M",
        "age": "60-69",
        "device": "Maker DX 7",
        "month": "2024-02",
    }
    assert "1.2.1" not in case.key


def test_pictures_in_the_layout_of_iu_x_ray_go_by_their_codes(
    tmp_path: Path, decoder: DecodeClient
) -> None:
    records = [study(0), study(1), study(2, ("lateral",)), {**study(3), "mesh_major": []}]
    write_split(tmp_path, "val", records)
    for name in (tmp_path / "val", tmp_path / "val.jsonl", tmp_path):
        found = material(name, decoder)
        assert reported(found) == [{"Cardiomegaly"}, set()]
        assert [case.is_abnormal for case in found.cases] == [True, False]
        assert {case.reference for case in found.cases} == {CODES}
        assert sorted(found.left_out.values()) == [1, 1]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Three studies with reports, one of a child."""
    for number, (text, more) in enumerate(
        [(EFFUSION, {}), ("Clear lungs.", {}), (EFFUSION, {"PatientBirthDate": "20200101"})]
    ):
        place = tmp_path / "site" / f"x{number}"
        film(place.with_suffix(".dcm"), f"1.2.{number}", **more)
        place.with_suffix(".txt").write_text(text)
    return tmp_path / "site"


def test_the_products_own_drafts_are_compared(site: Path, model: Path) -> None:
    seen: list[Progress] = []
    result = run_acceptance(site, model, progress=seen.append)
    whole = result.figures.whole
    assert (whole.studies, whole.reported, whole.drafted, whole.both) == (2, 1, 2, 1)
    assert result.model == "tiny 0.0"
    assert result.references == ((REPORT, 2),)
    ((reason, count),) = result.left_out
    assert "child" in reason
    assert count == 1
    assert [one.done for one in seen if one.message == "Drafting"] == [0, 1, 2]
    assert any("2 studies are few" in remark for remark in result.remarks)


def test_a_pack_is_tested_without_being_imported(site: Path, model: Path, tmp_path: Path) -> None:
    write_pack(model, tmp_path / "model.zip")
    result = run_acceptance(site, tmp_path / "model.zip")
    assert result.figures.whole.both == 1


def test_a_run_that_was_stopped_goes_on_where_it_was(
    site: Path, model: Path, tmp_path: Path
) -> None:
    kept, cancel = tmp_path / "kept.jsonl", CancelToken()

    def stop_after_one(progress: Progress) -> None:
        if (progress.message, progress.done) == ("Drafting", 1):
            cancel.cancel()

    with pytest.raises(CancelledError):
        run_acceptance(site, model, kept=kept, progress=stop_after_one, cancel=cancel)
    head, first = kept.read_text().splitlines()
    assert json.loads(head).keys() == {"model", "program"}
    assert json.loads(first)["drafted"] == ["Pleural Effusion"]
    # A kill may leave half a line; what the first study's draft said is not asked again.
    changed = {**json.loads(first), "drafted": ["Cardiomegaly"]}
    kept.write_text(f"{head}\n{json.dumps(changed)}\n{{'half")
    for _again in range(2):
        found = run_acceptance(site, model, kept=kept).figures.findings
        assert {one.category: one.drafted for one in found}["Cardiomegaly"] == 1
    assert len(kept.read_text().splitlines()) == 3
    assert "1.2." not in kept.read_text()


def test_kept_results_of_another_model_are_refused(site: Path, model: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_text('{"model": "0"}\n')
    with pytest.raises(InputError, match="another model"):
        run_acceptance(site, model, kept=kept)
    for strange in ("a\nb\n", "a line of somebody's without an end"):
        kept.write_text(strange)
        with pytest.raises(InputError, match="not one of an acceptance test"):
            run_acceptance(site, model, kept=kept)
        assert kept.read_text() == strange
    kept.write_text('{"model": ')  # killed while it wrote its first line
    assert run_acceptance(site, model, kept=kept).figures.whole.studies


def test_the_sheet_names_no_file(tmp_path: Path, model: Path, decoder: DecodeClient) -> None:
    film(tmp_path / "Quill^Ann.dcm", "1.2.1")
    (tmp_path / "Quill^Ann.txt").write_bytes("Größere Trübung.".encode("latin-1"))
    (reason,) = material(tmp_path, decoder).left_out
    assert reason == "The report's text file is not UTF-8 text."


def test_a_folder_without_reports_says_so(tmp_path: Path, model: Path) -> None:
    write_film(tmp_path / "x.dcm", chest_like())
    with pytest.raises(InputError, match="There is no report beside the study"):
        run_acceptance(tmp_path, model)
