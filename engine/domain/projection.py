"""View and projection as free text names them, in the usual spellings.

View Position has Defined Terms only (PS3.3 C.8.1.2), so every vendor may write its own, in its own
language; the same words are used in descriptions and code meanings.
"""

from __future__ import annotations

import re

from engine.domain.study import View

_HOW = (
    "CHEST|THORAX|TORAX|VIEW|SUPINE|ERECT|SEMIERECT|UPRIGHT|STANDING|SITTING|PORTABLE|MOBILE"
    "|BEDSIDE|LIEGEND|STEHEND|SITZEND"
)
_AP = re.compile(rf"(?:{_HOW})*AP(?:{_HOW})*|ANTEROPOSTERI(?:OR|EUR|ORE)|VENTRODORSAL")
_PA = re.compile(rf"(?:{_HOW})*PA(?:{_HOW})*|POSTEROANTERI(?:OR|EUR|ORE)|DORSOVENTRAL")
_FRONTAL = re.compile("FRONTAL(?:E[NRS]?|IS|T|NA|NE)?|FRONT|FACE")
_LATERAL = re.compile(
    rf"(?:{_HOW})*[LR]?LAT(?:ERAL)?(?:{_HOW})*|LATERAL(?:E|IS)|LATEROLATERALE?|LL|RL"
    "|SEITLICHE?|SEITENAUFNAHME|PROFILE?|PROFILO|PERFIL|DWARS|ZIJDELINGS"
)
_OTHER = re.compile(
    "OBL|OBLI(?:QUE|QUA|QUO|CUA)|SCHRAEG|DECUB(?:ITUS)?|LORDOT(?:IC|ISCH)|APICAL|AXIAL|TANGENTIAL"
    "|SWIMMERS?|[LR](?:AO|PO|LO|LD)|CC|MLO"
)
# "A.P.", "p-a", "A P": the two letters of a projection, whatever separates them.
_PARTED = re.compile(r"(?<![A-Z])([AP])[\s.\-/]+([AP])(?![A-Z])")
_ANTERO_POSTERIOR = re.compile(r"ANTER(?:O|IOR|IEUR)?[\s\-/]+POSTERIOR")
_POSTERO_ANTERIOR = re.compile(r"POSTER(?:O|IOR|IEUR)?[\s\-/]+ANTERIOR")


# Words in other scripts; some are written without blanks, so they are replaced inside the text.
_FOREIGN = {
    "后前位": " PA ",
    "後前位": " PA ",
    "前后位": " AP ",
    "前後位": " AP ",
    "正位": " FRONTAL ",
    "正面": " FRONTAL ",
    "侧位": " LATERAL ",
    "側位": " LATERAL ",
    "側面": " LATERAL ",
    "斜位": " OBLIQUE ",
    "ПРЯМАЯ": " FRONTAL ",
    "БОКОВАЯ": " LATERAL ",
}


def view_in(text: str) -> View:
    """The view that the text names; UNKNOWN if it names none, or both ("PA and lateral")."""
    words = _words(text)
    if _has(words, _OTHER):
        return View.OTHER
    is_lateral = _has(words, _LATERAL)
    is_frontal = any(_has(words, kind) for kind in (_AP, _PA, _FRONTAL))
    if is_lateral == is_frontal:
        return View.UNKNOWN
    return View.LATERAL if is_lateral else View.FRONTAL


def stated_projection(text: str) -> str:
    """The projection that the text names ("A-P", "AP supine", "portable AP"): "AP", "PA" or ""."""
    words = _words(text)
    is_ap, is_pa = _has(words, _AP), _has(words, _PA)
    if is_ap == is_pa or view_in(text) is not View.FRONTAL:
        return ""
    return "AP" if is_ap else "PA"


def _has(words: list[str], kind: re.Pattern[str]) -> bool:
    return any(kind.fullmatch(word) for word in words)


def _words(text: str) -> list[str]:
    text = text.upper().replace("_", " ").replace("Ä", "AE")
    for foreign, word in _FOREIGN.items():
        text = text.replace(foreign, word)
    text = _POSTERO_ANTERIOR.sub("PA", _ANTERO_POSTERIOR.sub("AP", text))
    text = _PARTED.sub(lambda found: "".join(found.groups()), text)
    return re.findall("[A-Z]+", text)
