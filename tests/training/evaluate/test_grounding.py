import numpy as np
import pytest
from testkit.tiny_bundle import SIZE, write_tiny_bundle

from engine.inference.attribution import Cell, Deletion
from engine.inference.generated import Generated, SentenceCells
from training.data.record import FilmRecord, Record
from training.evaluate.grounding import grounding
from training.evaluate.predict import cleaned_text, drafts, open_bundle


def draft_of(*deletions):
    cells = tuple(
        SentenceCells(sentence=n, cells=(Cell(view=0, row=0, column=0),), deletion=deletion)
        for n, deletion in enumerate(deletions)
    )
    return Generated(sentences=(), warnings=(), encode_s=0.0, words_s=0.0, cells=cells)


def test_wins_and_falls_are_counted_over_sentences():
    clear = Deletion(drop=2.0, control_drops=(0.5, 0.1))
    faint = Deletion(drop=0.2, control_drops=(0.1, 0.1))
    lost = Deletion(drop=0.0, control_drops=(0.3, 0.5))
    found = grounding([draft_of(clear, faint), draft_of(), draft_of(lost)], resamples=50)
    assert (found["studies"], found["sentences"]) == (3, 3)
    assert found["wins"] == pytest.approx(2 / 3)
    assert found["rests_on"] == pytest.approx(1 / 3)
    assert found["fall_without_own_cells"] == pytest.approx(2.2 / 3)
    assert found["fall_without_random_cells"] == pytest.approx((0.3 + 0.1 + 0.4) / 3)
    low, high = found["difference_interval"]
    assert low < (2.2 - 0.8) / 3 < high


def test_without_an_affirmed_finding_there_is_only_a_count():
    assert grounding([draft_of()]) == {"studies": 1, "sentences": 0}


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    from PIL import Image

    folder = tmp_path_factory.mktemp("films")
    draw = np.random.default_rng(3)
    found = []
    for number in range(3):
        path = folder / f"{number}.png"
        Image.fromarray(draw.integers(0, 256, (SIZE, SIZE), dtype=np.uint8)).save(path)
        film = FilmRecord(path=path, view="frontal")
        found.append(Record(id=str(number), report="x", headings=("normal",), films=(film,)))
    return found


def test_a_bundle_is_tested_sentence_by_sentence(tmp_path, records):
    write_tiny_bundle(tmp_path / "bundle")
    generator = open_bundle(tmp_path / "bundle")
    told = []
    written = drafts(generator, records, explains=lambda _text: True, on_done=told.append)
    assert told == [1, 2, 3]
    found = grounding(written, resamples=0)
    assert found["sentences"] == sum(len(draft.sentences) for draft in written) > 0
    assert 0.0 <= found["wins"] <= 1.0
    assert found["fall_without_own_cells"] != 0.0


def test_fewer_beams_can_be_asked_for(tmp_path, records):
    folder = tmp_path / "bundle"
    write_tiny_bundle(folder)
    greedy = open_bundle(folder, beam=1)
    assert greedy.manifest.decoding.beam == 1
    best = drafts(open_bundle(folder), records)
    found = drafts(greedy, records)
    assert all(not draft.others for draft in found)
    for one, other in zip(best, found, strict=True):
        assert cleaned_text(one)
        assert cleaned_text(other)
