from pathlib import Path

import pytest
import torch

from training.data.dataset import build_examples, evaluation_batches, training_batches
from training.data.record import FilmRecord, Record
from training.data.report_text import clean
from training.data.vocabulary import build_vocabulary

WORDS = "the lungs are clear and the heart is normal in size"


def record(number, report, views=("frontal", "lateral")):
    films = tuple(FilmRecord(path=Path(f"{number}{view}"), view=view) for view in views)
    return Record(id=str(number), report=report, headings=("normal",), films=films)


@pytest.fixture
def examples():
    records = [record(i, " ".join(WORDS.split()[: 4 + i % 7]) + ".") for i in range(40)]
    records += [record(100 + i, WORDS, ("lateral",)) for i in range(5)]
    return made(records)


def made(records, **settings):
    vocabulary = build_vocabulary([clean(r.report) for r in records], 1)
    films = [film.path for r in records for film in r.films]
    return build_examples(records, vocabulary, {p: i for i, p in enumerate(films)}, **settings)


def test_a_pass_shows_every_study_once_and_batches_agree(examples):
    seen = []
    for batch in training_batches(examples, 8, seed=1, epoch=0, single_view=0.3):
        assert batch.films.shape == batch.views.shape
        assert batch.films.shape[1] in (1, 2)
        for row, study in enumerate(batch.studies):
            known = dict(zip(examples[study].films, examples[study].views, strict=True))
            pairs = zip(batch.films[row].tolist(), batch.views[row].tolist(), strict=True)
            assert all(known[film] == view for film, view in pairs)
            ids = batch.ids[row].tolist()
            assert tuple(ids[: len(examples[study].ids)]) == examples[study].ids
            assert not any(ids[len(examples[study].ids) :])
        seen += batch.studies
    assert sorted(seen) == list(range(len(examples)))


def test_order_depends_on_seed_and_epoch_only(examples):
    def order(**which):
        return [batch.studies for batch in training_batches(examples, 8, **which)]

    assert order(seed=1, epoch=0) == order(seed=1, epoch=0)
    assert order(seed=1, epoch=0) != order(seed=1, epoch=1)


def test_single_views_are_drawn_from_both(examples):
    batches = list(training_batches(examples, 8, seed=1, epoch=0, single_view=1.0))
    assert {batch.films.shape[1] for batch in batches} == {1}
    assert set(torch.cat([batch.views for batch in batches]).flatten().tolist()) == {0, 1}


def test_reports_of_a_batch_have_similar_length(examples):
    batches = training_batches(examples, 8, seed=1, epoch=0, single_view=0.0)
    padding = [(batch.ids == 0).float().mean().item() for batch in batches]
    assert sum(padding) / len(padding) < 0.12


def test_evaluation_shows_all_views(examples):
    batches = list(evaluation_batches(examples, 8))
    assert sorted(s for b in batches for s in b.studies) == list(range(len(examples)))
    assert all(len(examples[s].films) == b.films.shape[1] for b in batches for s in b.studies)


def test_a_long_report_is_cut_after_a_sentence_and_keeps_its_end():
    (example,) = made([record(0, "The lungs are clear. The heart is normal in size.")], max_ids=9)
    assert len(example.ids) == 7
    assert example.ids[0] == 1
    assert example.ids[-1] == 2
    (hard,) = made([record(0, WORDS)], max_ids=9)
    assert len(hard.ids) == 9
    assert hard.ids[-1] == 2


def test_removed_words_leave_targets_and_empty_targets_leave_the_set():
    kept = made([record(0, "XXXX are seen. The lungs are clear."), record(1, "XXXX.")])
    assert [example.record.id for example in kept] == ["0"]
    assert len(kept[0].ids) == 7
