"""Reports written by a model in training, through the engine's own search, and their figures."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from engine.domain.bundle import DecodingSpec
from engine.inference.beam import SpecialIds
from engine.inference.search import ReportSearch
from training.data.dataset import StudyExample, evaluation_batches
from training.data.record import Record
from training.data.report_text import clean
from training.data.vocabulary import BOS_ID, EOS_ID, PAD_ID, UNK, Vocabulary
from training.evaluate.label_metrics import is_coded, rule_labels, score_labels
from training.evaluate.text_metrics import score_texts
from training.model.cmcrl import Cmcrl, FilmMemory
from training.model.torch_step import TorchStep, WholeTextStep
from training.recipes.film_features import CleanFilms

STUDIES_AT_ONCE = 16


def write_reports(
    model: Cmcrl,
    examples: Sequence[StudyExample],
    features: CleanFilms,
    vocabulary: Vocabulary,
    spec: DecodingSpec,
) -> list[str]:
    """What the search finds for each study, as cleaned words, in the order of `examples`.

    Args:
        model: Put into evaluation mode.
        examples: Studies; all their views are shown.
        features: Of their films.
        vocabulary: Words.
        spec: Of the search.
    """
    model.eval()
    search = ReportSearch(
        spec=spec,
        ids=SpecialIds(pad=PAD_ID, bos=BOS_ID, eos=EOS_ID, unk=vocabulary.words.index(UNK)),
        forbidden_ids={i for i, word in enumerate(vocabulary.words) if word in spec.forbidden},
        findings_of=lambda ids: rule_labels(vocabulary.text(ids)),
    )
    cached = model.configuration.has_exact_cache
    texts: dict[int, str] = {}
    for batch in evaluation_batches(examples, STUDIES_AT_ONCE):
        with torch.no_grad():
            memory = model.encode(features.clean(batch.films), batch.views)
        for row, study in enumerate(batch.studies):
            own = one_study(memory, row)
            step = TorchStep(model, own) if cached else WholeTextStep(model, own)
            texts[study] = vocabulary.text(search.find(step)[0].ids)
    return [texts[study] for study in range(len(examples))]


def score_reports(texts: Sequence[str], records: Sequence[Record]) -> dict[str, float]:
    """Figures against the radiologists' untruncated reports and the human MeSH codes.

    Studies that nobody coded count for the text figures only.

    Returns:
        `selection` is CIDEr + 2 x rule-label F1 (training-findings.md); if nobody coded a study, it
        is CIDEr alone and the label figures are left out. `distinct` counts texts.
    """
    scores = score_texts(texts, [clean(r.report) for r in records], meteor=False)
    pairs = [
        (rule_labels(text), record.headings)
        for text, record in zip(texts, records, strict=True)
        if is_coded(record.headings)
    ]
    figures = {
        "selection": scores.cider,
        "bleu_1": scores.bleu[0],
        "bleu_4": scores.bleu[3],
        "rouge_l": scores.rouge_l,
        "cider": scores.cider,
        "distinct": len(set(texts)),
        "words": sum(len(text.split()) for text in texts) / len(texts),
    }
    if not pairs:
        return figures
    labels = score_labels([asserted for asserted, _ in pairs], [codes for _, codes in pairs])
    return {
        **figures,
        "selection": scores.cider + 2.0 * labels.f1,
        "label_precision": labels.precision,
        "label_recall": labels.recall,
        "label_f1": labels.f1,
        "label_example_f1": labels.example_f1,
    }


def one_study(memory: FilmMemory, row: int) -> FilmMemory:
    """The memory of one study of a batch, B = 1."""
    return FilmMemory(
        mediator=memory.mediator[row : row + 1],
        key_value=memory.key_value[:, row : row + 1],
        rollout=memory.rollout[row : row + 1],
        local_cells=memory.local_cells[row : row + 1],
        labels=None if memory.labels is None else memory.labels[row : row + 1],
    )
