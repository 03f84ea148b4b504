"""The main job by command line, as a process: folder → draft → review → sign → find → PDF."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "resources" / "demo"
FILM = DEMO / "nunez-2026-03-18.dcm"
PASSPHRASE = "correct horse battery staple"
EDITED = "The trachea is central; a naïve façade of «effusion»."
ADDED = "Effusion, seen by a person."

pytestmark = pytest.mark.model


class Desk:
    """One workspace, worked in by command line only."""

    def __init__(self, home, *, demo=False):
        self.home = home
        self.options = ["--demo"] if demo else ["--workspace", home / "workspace"]
        self.passphrases = [] if demo else [PASSPHRASE, PASSPHRASE]

    def run(self, *arguments, words=""):
        """Run the command; passphrases go through a pipe, `words` through standard input."""
        read, write = os.pipe()
        os.write(write, "\n".join([*self.passphrases, ""]).encode())
        os.close(write)
        secret = ["--passphrase-fd", read] if self.passphrases else []
        command = [sys.executable, "-m", "engine", *arguments, *self.options, *secret, "--json"]
        try:
            return subprocess.run(
                [str(part) for part in command],
                cwd=ROOT,
                env={**os.environ, "NEGATOSCOPE_HOME": str(self.home)},
                capture_output=True,
                input=words,
                encoding="utf-8",
                pass_fds=[read],
                timeout=120,
                check=False,
            )
        finally:
            os.close(read)

    def objects(self, *arguments, words=""):
        """Run a command that must succeed; returns the objects that it printed."""
        result = self.run(*arguments, words=words)
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]


def assert_sentence_without_output(result, words):
    """A failure is a sentence on standard error, and nothing else."""
    assert result.returncode == 1
    assert result.stdout == ""
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def pdf_text(path):
    """The PDF's text with runs of white space folded."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    command = ["pdftotext", str(path), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return " ".join(text.split())


def assert_is_a_draft_object(draft):
    parts = "study_uid draft_id bundle provider seconds sentences warnings"
    assert set(draft) == set(parts.split())
    assert set(draft["seconds"]) == {"decode", "encode", "words", "total"}
    assert draft["sentences"]
    assert all(sentence["log_prob"] <= 0 for sentence in draft["sentences"])


def confirmed_sides(draft, first=1):
    """The options that confirm the side of each drafted sentence that names one."""
    texts = enumerate((sentence["text"].lower() for sentence in draft["sentences"]), start=1)
    sided = [n for n, text in texts if n >= first and {"left", "right"} & set(text.split())]
    return ["--confirm", *sided] if sided else []


def assert_it_stays(desk, signed):
    """A report stays as it was signed, whatever comes after."""
    report = signed["report_id"]
    change = desk.run("reports", "review", report, "--edit", "1", words="Something else.")
    assert_sentence_without_output(change, "signed report cannot be changed")
    desk.objects("draft", FILM, "--user", "Dr Ada Byron")
    (shown,) = desk.objects("reports", "show", report)
    assert shown == signed


def test_from_folder_to_signed_pdf_in_a_real_workspace(tmp_path):
    desk = Desk(tmp_path)

    pdf = tmp_path / "draft.pdf"
    (draft,) = desk.objects("draft", FILM, "--pdf", pdf, "--user", "Dr Ada Byron")
    assert_is_a_draft_object(draft)
    text = pdf_text(pdf)
    assert "DRAFT" in text
    assert "not a medical device" in text.lower()
    assert all(sentence["text"] in text for sentence in draft["sentences"])

    (row,) = desk.objects("reports", "list")
    report = row["report_id"]
    assert_sentence_without_output(desk.run("reports", "sign", report), "reviewed")

    others = range(2, len(draft["sentences"]) + 1)
    accepted = ["--accept", *others] if others else []
    edits = ["--edit", "1", "--add", "impression"]
    sides = confirmed_sides(draft, first=2)
    desk.objects(
        "reports", "review", report, *accepted, *edits, *sides, words=f"{EDITED}\n{ADDED}\n"
    )
    (signed,) = desk.objects("reports", "sign", report)
    assert signed["status"] == "final"
    assert signed["signature"]["signer"] == "Dr Ada Byron"
    assert signed["signature"]["report_sha256"] == signed["sha256"]

    found = desk.objects("reports", "list", "--search", "façade")
    assert [row["report_id"] for row in found] == [report]
    assert desk.objects("reports", "list", "--search", "xylophone") == []
    signed_by_ada = ["--status", "final", "--author", "Dr Ada Byron", "--edited", "1-100"]
    (row,) = desk.objects("reports", "list", *signed_by_ada)
    assert 0 < row["edit_share"] <= 1
    assert desk.objects("reports", "list", "--status", "withdrawn") == []
    nobody = desk.run("reports", "list", "--finding", "Xylophone")
    assert "No finding is called" in nobody.stderr
    selection = tmp_path / "selection"
    (done,) = desk.objects("reports", "export-selection", selection, "--as", "json", *signed_by_ada)
    assert done["written"] == [f"report-{report}.json"]
    assert json.loads((selection / done["written"][0]).read_text())["status"] == "final"
    assert "signed report" in desk.run("reports", "since-prior", report).stderr

    final = tmp_path / "final.pdf"
    desk.objects("reports", "export", report, final)
    text = pdf_text(final)
    kept = [sentence["text"] for sentence in signed["sentences"]]
    assert all(sentence in text for sentence in [EDITED, ADDED, *kept, "Dr Ada Byron"])
    assert_it_stays(desk, signed)


def test_the_database_is_verified_backed_up_and_closed_to_others(tmp_path):
    desk = Desk(tmp_path)
    desk.objects("draft", FILM, "--user", "Dr Ada Byron")
    (checked,) = desk.objects("verify-db")
    assert checked["ok"]
    assert checked["checks"]
    (backup,) = desk.objects("backup")
    assert b"Byron" not in Path(backup["backup"]).read_bytes()
    (row,) = desk.objects("reports", "list")
    desk.objects("reports", "review", row["report_id"], "--add", "impression", words=ADDED)
    backups = [row["backup"] for row in desk.objects("restore", "--list")]
    assert backups[0] == backup["backup"]
    (done,) = desk.objects("restore", "--from", backup["backup"])
    assert done["studies"] == 1
    assert (Path(done["set_aside"]) / "workspace.db").exists()
    (shown,) = desk.objects("reports", "show", row["report_id"])
    assert ADDED not in [sentence["text"] for sentence in shown["sentences"]]
    assert_sentence_without_output(desk.run("restore", "--from", tmp_path / "no.db"), "backup")

    desk.passphrases = ["wrong"]
    assert_sentence_without_output(desk.run("reports", "list"), "passphrase")


@pytest.mark.slow  # one is drafted in every run; all by test_actions_to_sign, in the window
def test_every_demo_study_is_drafted_in_the_demo_workspace(tmp_path):
    folder = tmp_path / "drafts"
    drafts = Desk(tmp_path, demo=True).objects("draft", DEMO, "--pdf", folder)
    assert len(drafts) == len(list(DEMO.glob("*.dcm")))
    written = sorted(path.stem for path in folder.iterdir())
    assert written == sorted(draft["study_uid"] for draft in drafts)


def test_a_folder_without_films_is_a_sentence(tmp_path):
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "note.txt").write_text("not a film")
    result = Desk(tmp_path, demo=True).run("draft", letters)
    assert_sentence_without_output(result, "No chest study")


def test_inspect_names_what_cannot_be_read_and_goes_on(tmp_path):
    (tmp_path / "note.dcm").write_text("not a film")
    shutil.copy(FILM, tmp_path / "film.dcm")
    paths = [str(tmp_path / name) for name in ("note.dcm", "film.dcm")]
    command = [sys.executable, "-m", "engine", "inspect", "--json", *paths]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    bad, good = (json.loads(line) for line in result.stdout.splitlines())
    assert not bad["ok"]
    assert bad["error"]
    assert good["ok"]
    assert len(good["samples_sha256"]) == 64
