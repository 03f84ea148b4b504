"""Words that say how a film was taken, as makers and people write them."""

from __future__ import annotations

import pytest

from engine.domain.projection import stated_projection, view_in
from engine.domain.study import View


@pytest.mark.parametrize(
    ("words", "projection"),
    [
        ("AP", "AP"),
        ("A-P", "AP"),
        ("a.p.", "AP"),
        ("P A", "PA"),
        ("AP PORTABLE", "AP"),
        ("PORTABLE AP", "AP"),
        ("PORTABLE_AP_SUPINE", "AP"),
        ("APSUPINE", "AP"),
        ("SEMIERECTAP", "AP"),
        ("ERECT PA", "PA"),
        ("PA UPRIGHT", "PA"),
        ("CHEST PA", "PA"),
        ("Thorax p.-a.", "PA"),
        ("postero-anterior", "PA"),
        ("Antero Posterior", "AP"),
        ("anteroposterior", "AP"),
        ("Thorax dorsoventral", "PA"),
        ("胸部后前位", "PA"),
        ("antéro-postérieur", ""),  # known by the code beside it, not by every language's word
        ("AP and PA", ""),
        ("AP LATERAL", ""),
        ("Patella", ""),
        ("AP oblique", ""),
        ("", ""),
    ],
)
def test_a_projection_in_any_usual_spelling(words: str, projection: str) -> None:
    assert stated_projection(words) == projection
    if projection:
        assert view_in(words) is View.FRONTAL


@pytest.mark.parametrize(
    ("words", "view"),
    [
        ("LEFT LATERAL", View.LATERAL),
        ("LAT ERECT", View.LATERAL),
        ("LLAT", View.LATERAL),
        ("R LAT", View.LATERAL),
        ("LATERALUPRIGHT", View.LATERAL),
        ("latero-laterale", View.LATERAL),
        ("Thorax seitlich", View.LATERAL),
        ("de profil", View.LATERAL),
        ("LATERAL DECUBITUS", View.OTHER),
        ("AP LORDOTIC", View.OTHER),
        ("LPO", View.OTHER),
        ("schräg", View.OTHER),
        ("UNKNOWN", View.UNKNOWN),
        ("PA and lateral", View.UNKNOWN),
        ("SUPINE", View.UNKNOWN),
        ("胸部正位", View.FRONTAL),
        ("胸部側面", View.LATERAL),
        ("胸部斜位", View.OTHER),
        ("ОГК прямая", View.FRONTAL),
        ("Laterality", View.UNKNOWN),
        ("LATERO", View.UNKNOWN),
        ("LATEROLATERALE", View.LATERAL),
        ("frontale", View.FRONTAL),
        ("FRONTALIX", View.UNKNOWN),
    ],
)
def test_the_view_that_words_name(words: str, view: View) -> None:
    assert view_in(words) is view
