import math
from pathlib import Path

import numpy as np
import torch

from training.data.record import LabelledFilm, Record
from training.objectives.labels import (
    COVID,
    NORMAL,
    build_labels,
    film_labels,
    masked_loss,
    study_labels,
)


def record(*headings):
    return Record(id="1", report="", headings=headings, films=())


STUDIES = [record("Cardiomegaly/mild", "Opacity/lung")] * 3 + [record("normal")] * 4
STUDIES += [record("Opacity"), record("No Indexing"), record("No Indexing"), record("No Indexing")]
LABELS = build_labels(STUDIES, min_studies=3)


def named(row):
    found = {}
    for name, target, known in zip(LABELS.names, row.targets, row.mask, strict=True):
        if known:
            found[name] = bool(target)
    return found


def film(source, *labels):
    return film_labels(LabelledFilm(source=source, path=Path("a"), labels=labels), LABELS)


def test_frequent_headings_come_first_then_nih_covid_and_normal():
    assert LABELS.names[:2] == ("Cardiomegaly", "Opacity")
    assert LABELS.names[-2:] == (COVID, NORMAL)
    assert "No Indexing" not in LABELS.names
    assert "Pneumothorax" in LABELS.names
    assert len(set(LABELS.names)) == len(LABELS)


def test_a_coded_study_codes_all_but_covid():
    found = named(study_labels(STUDIES[0], LABELS))
    assert {name for name, present in found.items() if present} == {"Cardiomegaly", "Opacity"}
    assert COVID not in found
    assert len(found) == len(LABELS) - 1
    assert named(study_labels(record("normal"), LABELS))[NORMAL]


def test_an_uncoded_study_is_masked_wholly():
    assert named(study_labels(record("No Indexing"), LABELS)) == {}
    assert named(study_labels(record(), LABELS)) == {}


def test_nih_films_code_the_fourteen_and_normal():
    found = named(film("nih", "Effusion"))
    assert found["Pleural Effusion"]
    assert not found[NORMAL]
    assert "Opacity" not in found
    assert named(film("nih"))[NORMAL]


def test_covid_films_code_covid_and_normal_unless_unclear():
    assert named(film("covid", "COVID-19", "ARDS")) == {COVID: True, NORMAL: False}
    assert named(film("covid", "SARS")) == {COVID: False, NORMAL: False}
    assert named(film("covid", "No Finding")) == {COVID: False, NORMAL: True}
    assert named(film("covid", "todo")) == {}


def test_childrens_films_code_pneumonia_and_normal():
    assert named(film("paediatric", "Pneumonia")) == {"Pneumonia": True, NORMAL: False}
    assert named(film("paediatric")) == {"Pneumonia": False, NORMAL: True}


def test_masked_labels_do_not_count():
    logits = torch.zeros(2, 3, requires_grad=True)
    targets = torch.tensor([[1.0, 0, 1], [0, 0, 0]])
    mask = torch.tensor([[1.0, 1, 0], [0, 0, 0]])
    loss = masked_loss(logits, targets, mask)
    loss.backward()
    assert np.isclose(loss.item(), math.log(2))
    assert (logits.grad != 0).tolist() == [[True, True, False], [False, False, False]]
    assert masked_loss(logits, targets, torch.zeros(2, 3)).item() == 0.0
