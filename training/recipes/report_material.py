"""What report training works with: settings, studies, films, and the folder that it leaves.

Report training and reward tuning share all of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from engine.domain.bundle import DecodingSpec, PreprocessSpec
from engine.errors import InputError
from training.config import (
    AugmentConfig,
    ComputeConfig,
    default_data,
    default_runs,
    require_positive,
)
from training.data.dataset import StudyExample, build_examples, example_of
from training.data.films import open_films
from training.data.report_text import Marks, clean
from training.data.studies import read_extra, read_split
from training.data.vocabulary import Vocabulary, build_vocabulary
from training.model.cmcrl import Cmcrl
from training.model.configuration import ModelConfiguration
from training.model.stem import Stem, StemForm
from training.model.stem_file import new_stem, write_stem
from training.model.stored import STEM, TOKENIZER, StoredModel, Writing, save_model
from training.objectives.labels import LabelVocabulary
from training.recipes.film_features import (
    CleanFilms,
    FeatureCache,
    FilmPixels,
    FilmSource,
    open_features,
)
from training.recipes.report_labels import report_labels
from training.recipes.word_loss import word_loss
from training.recipes.written_validation import score_reports, write_reports


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneConfig:
    """Settings of report training.

    Attributes:
        data: Folder with `iu_xray/`.
        runs: Folder for the run's folder and the caches.
        stem: Weights that `adapt-stem` wrote; for a ResNet-101 also a folder in Hugging Face's
            format. None starts with what the stem's form comes with: ImageNet's weights, or for the
            ResNet-101 random ones.
        stem_form: Which network the stem is.
        stem_rate: Peak learning rate of the stem. 0 keeps it frozen and its features cached;
            otherwise it learns with the model (the paper's form) and every film passes it in every
            epoch.
        initial: Folder of a pre-training run whose weights are taken over; None starts anew.
        begun_anew: Prefixes of the names of weights that are not taken over from it.
        name: Name of the run's folder; empty for recipe and time.
        seed: Of order, dropout and crops.
        with_extra: Train on the studies outside all splits too.
        model: Sizes and switches; the recipe sets vocabulary and labels.
        epochs: Passes that the cosine spans.
        budget_minutes: Wall clock that the cosine spans if that is shorter; 0 for no limit.
        batch_size: Studies per step.
        rate: Peak learning rate of new weights.
        transferred_rate: Peak learning rate of weights from `initial`.
        weight_decay: AdamW, on weights of more than one dimension.
        warmup: Share of the run in which the rate rises.
        smoothing: Label smoothing of the words.
        label_weight: Weight of the auxiliary label loss; 0 leaves the label head out.
        min_studies: Minimum training studies for a category to be a label.
        told_above: Probability of the label head above which a label goes into the prompt.
        writing_only: Keep the weights that read the films as in `initial`; each study is then
            encoded once, and an epoch takes a quarter of the time.
        single_view: Share of two-view studies of which one view is shown.
        normal_share: Share of the studies coded normal that an epoch shows, drawn anew each time.
        word_replacement: Share of the input words (not of the targets) replaced by `<unk>`, so that
            the film has to be looked at.
        max_ids: Maximum ids of a target with BOS and EOS, and so of what validation writes.
        most_views: Maximum films of a study that a report is written from in validation.
        marks: What to do with a target's sentences that have a removed word (`xxxx`): "leave out",
            "unmark" (drop only the word) or, as in the paper, "keep".
        forbidden: Words that are never written; none in the paper.
        min_count: Minimum occurrences of a word in the training reports.
        crops: Versions of each film that are cached, the whole film included; a stem that learns
            sees a new one each time.
        versions: How many of them are shown when only the writing side learns; 0 for all.
        averaging: Decay of the exponential average of the weights.
        validate_every: Epochs between two validations.
        validation_studies: Studies of the validation split that are written; 0 for all.
        validation_beam: Beams of the validation.
        threads: PyTorch threads; one if the cores are shared.
        checkpoint_minutes: Time between two checkpoints.
        compute: Processes, machines and precision.
        augment: Of the crops.
        preprocess: How a film becomes the stem's input.
    """

    data: Path = field(default_factory=default_data)
    runs: Path = field(default_factory=default_runs)
    stem: Path | None
    stem_form: StemForm = StemForm.EFFICIENTNET_LITE0
    stem_rate: float = 0.0
    initial: Path | None = None
    begun_anew: tuple[str, ...] = ()
    name: str = ""
    seed: int = 1
    with_extra: bool = True
    model: ModelConfiguration = field(default_factory=lambda: ModelConfiguration(token_pool=2))
    epochs: int = 20
    budget_minutes: float = 0.0
    batch_size: int = 16
    rate: float = 5e-4
    transferred_rate: float = 1e-4
    weight_decay: float = 0.02
    warmup: float = 0.05
    smoothing: float = 0.1
    label_weight: float = 1.0
    min_studies: int = 20
    told_above: float = 0.15
    writing_only: bool = False
    single_view: float = 0.15
    normal_share: float = 1.0
    word_replacement: float = 0.0
    max_ids: int = 100
    most_views: int = 2
    marks: Marks = Marks.LEAVE_OUT
    forbidden: tuple[str, ...] = DecodingSpec().forbidden
    min_count: int = 3
    crops: int = 4
    versions: int = 0
    averaging: float = 0.998
    validate_every: int = 2
    validation_studies: int = 0
    validation_beam: int = 1
    threads: int = 1
    checkpoint_minutes: float = 4.0
    compute: ComputeConfig = field(default_factory=ComputeConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    preprocess: PreprocessSpec = field(default_factory=PreprocessSpec)

    def __post_init__(self) -> None:
        """Refuse numbers with which a run would do nothing."""
        positive = ("epochs", "batch_size", "threads", "crops", "validate_every", "validation_beam")
        require_positive(self, *positive, "most_views")

    @property
    def writing(self) -> Writing:
        """How the model writes, in validation and later."""
        return Writing(
            most_views=self.most_views, max_tokens=self.max_ids - 1, forbidden=self.forbidden
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """What a run trains and validates on.

    Attributes:
        training: Studies to train on.
        validation: Studies of the validation split to write; all have a report.
        vocabulary: Words of the training split.
        labels: Names of the label head's outputs.
        features: Of every film of both, from the stem; the films themselves if the stem learns.
        stem: As it is when training starts.
    """

    training: tuple[StudyExample, ...]
    validation: tuple[StudyExample, ...]
    vocabulary: Vocabulary
    labels: LabelVocabulary
    features: FilmSource
    stem: Stem


def prepare(config: FinetuneConfig) -> Material:
    """Read studies and words, and compute the features of their films.

    Raises:
        InputError: A validation study is among the training studies, or there is nothing to train
            or to validate on.
    """
    base = read_split(config.data, "train")
    extra = read_extra(config.data, is_wanted=config.with_extra)
    held = read_split(config.data, "val")
    shared = {record.id for record in held} & {record.id for record in (*base, *extra)}
    if shared:
        raise InputError(
            f"{len(shared)} validation studies are among the training studies: {min(shared)}."
        )
    vocabulary = build_vocabulary((clean(r.report) for r in base), config.min_count)
    records = (*base, *extra, *held)
    paths = [film.path for record in records for film in record.views]
    cache = config.runs / "cache"
    films = open_films(paths, config.preprocess, cache)
    stem = new_stem(config.stem_form, config.stem)
    source: FilmSource = FilmPixels(films=films, augmentation=config.augment)
    if not config.stem_rate:
        crops, augmentation = config.crops, config.augment
        source = open_features(stem.frozen(), films, augmentation, crops=crops, folder=cache)
    training = build_examples(
        (*base, *extra), vocabulary, films.rows, max_ids=config.max_ids, marks=config.marks
    )
    if not training:
        raise InputError("No training study has a report of three words.")
    with_report = [record for record in held if clean(record.report)]
    if not with_report:
        raise InputError("No validation study has a report to compare with.")
    validation = tuple(
        example_of(record, vocabulary, films.rows, most_views=config.most_views)
        for record in with_report
    )
    if config.validation_studies:
        stride = max(1, len(validation) // config.validation_studies)
        validation = validation[::stride][: config.validation_studies]
    return Material(
        training=training,
        validation=validation,
        vocabulary=vocabulary,
        labels=report_labels((*base, *extra), config.min_studies),
        features=source,
        stem=stem,
    )


def cached_features(material: Material) -> FeatureCache:
    """Features that do not change; raises `InputError` if the stem learns."""
    if not isinstance(material.features, FeatureCache):
        raise InputError("The writing side can only be trained alone while the stem is frozen.")
    return material.features


def validate(
    model: Cmcrl, material: Material, spec: DecodingSpec, films: CleanFilms | None = None
) -> tuple[dict[str, float], list[str]]:
    """Write the validation studies and score the result; returns figures and texts.

    Args:
        model: On the processor.
        material: Studies and words.
        spec: Of the search.
        films: Features of their films if they are not the material's.
    """
    seen = films or material.features
    texts = write_reports(model, material.validation, seen, material.vocabulary, spec)
    figures = score_reports(texts, [example.record for example in material.validation])
    loss = word_loss(model, material.validation, seen)
    return {**figures, "word_loss": loss.own, "word_loss_shuffled": loss.other}, texts


def keep_model(
    folder: Path,
    model: Cmcrl,
    texts: list[str],
    config: FinetuneConfig,
    material: Material,
    facts: dict[str, float],
) -> None:
    """Write a folder with everything that `train export` needs, and what the model wrote."""
    stored = StoredModel(
        configuration=model.configuration,
        tensors=model.state_dict(),
        preprocess=config.preprocess,
        labels=material.labels.names,
        facts=facts,
        writing=config.writing,
    )
    save_model(folder, stored)
    material.vocabulary.save(folder / TOKENIZER)
    write_stem(material.stem, folder / STEM)
    studies = [example.record.id for example in material.validation]
    written = dict(zip(studies, texts, strict=True))
    (folder / "validation.json").write_text(json.dumps(written, indent=1), encoding="utf-8")
