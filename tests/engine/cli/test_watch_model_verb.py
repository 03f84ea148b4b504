"""`negatoscope watch-model`: counts of the workspace, nobody's name, a status for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.domain.model_watch import Band, ModelWatch, WatchedFinding, WatchedMonth
from engine.paths import HOME_VARIABLE
from engine.services.analytics import Analytics

MONTH = WatchedMonth(month="2026-01", reports=70, accepted=180, edited=10, rejected=20, added=5)
LATER = WatchedMonth(
    month="2026-02",
    reports=30,
    accepted=20,
    edited=10,
    rejected=50,
    added=9,
    band=Band(low=55, high=77),
)
FINDING = WatchedFinding(category="Nodule", accepted=3, edited=1, rejected=6, kept=4, added=2)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path


def test_an_untouched_workspace_has_nothing_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch-model", "--demo"]) == 0
    assert capsys.readouterr().err.startswith("Nobody has decided about a drafted sentence yet.")


def test_a_month_outside_its_band_is_told_and_ends_with_status_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*months: WatchedMonth) -> None:
        watch = ModelWatch(model="cmcrl-s 0.3", months=months, findings=(FINDING,))
        monkeypatch.setattr(Analytics, "of_the_model", lambda _self: (watch,))

    told(MONTH, LATER)
    assert main(["watch-model", "--demo"]) == 1
    out = capsys.readouterr().out
    assert "2026-02        30       20     10       50     9  55 to 77  outside" in out
    assert "In 2026-02 20 of 80 drafted sentences were accepted unchanged" in out
    assert main(["watch-model", "--demo", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["months"][1]["band"] == {"low": 55, "high": 77}
    assert len(answer["notices"]) == 1

    told(MONTH)
    assert main(["watch-model", "--demo"]) == 0
    assert "Months are compared once 200" in capsys.readouterr().out
