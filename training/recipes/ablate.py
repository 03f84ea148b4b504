"""Recipe: the ablation grid (cmcrl.md 6.4), which measures what each part of the method is worth.

Every file of `configs/ablation` is one arm. All arms are trained with the same sizes, studies,
passes and rates, with several seeds, and scored alike: the averaged weights of the last pass write
every validation study, so that no weights are selected on the split that they are scored on. Seeds
run one after the other over the whole grid, and the table is rewritten after every run. An
interrupted grid continues where it stopped.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from engine.errors import InputError
from training.config import CHECKOUT, default_data, default_runs
from training.data.record import Record
from training.data.report_text import clean
from training.data.studies import read_split
from training.evaluate.baselines import shuffled
from training.evaluate.figures import is_abnormal
from training.evaluate.label_metrics import is_coded
from training.evaluate.seed_table import seed_table
from training.model.configuration import LinguisticForm, ModelConfiguration, VisualForm
from training.model.stem import StemForm
from training.model.stem_file import new_stem, write_stem
from training.model.stored import load_model
from training.recipes import finetune, pretrain
from training.recipes.pretrain import PretrainConfig
from training.recipes.report_material import FinetuneConfig
from training.recipes.run_log import RunLog, jsonable, open_run, read_settings
from training.recipes.written_validation import score_reports

RESULT = "result.json"
TABLE = "table.md"
SHUFFLES = 20
"""Number of orders in which an arm's reports are assigned to other studies (decision 17)."""
CHANGEABLE = frozenset({"arms", "seeds", "threads", "name", "runs"})
"""Settings that may differ when a grid is continued: they change no finished run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AblateConfig:
    """Settings of the ablation grid.

    Attributes:
        data: Folder with `iu_xray/`.
        runs: Folder for the grid's folder and the caches.
        stem: Weights that `adapt-stem` wrote; None for ImageNet's, where nobody coded a study.
        name: Name of the grid's folder; the same name continues it.
        with_extra: Train on the studies outside all splits too.
        grid: Folder with one YAML file per arm.
        arms: Names of the files to run; empty for all.
        seeds: Each arm is trained once with each.
        model: Sizes of all arms; the arms set the switches.
        pretrain_epochs: Passes of RadCARE.
        epochs: Passes of report training.
        pretrain_rate: Peak learning rate of RadCARE.
        rate: Peak learning rate of report training, for new and transferred weights alike.
        crops: Versions of each film in report training.
        beam: Beams of the reports that are scored.
        threads: PyTorch threads; one if the cores are shared.
    """

    data: Path = field(default_factory=default_data)
    runs: Path = field(default_factory=default_runs)
    stem: Path | None
    name: str = "ablation"
    with_extra: bool = True
    grid: Path = CHECKOUT / "training" / "configs" / "ablation"
    arms: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (1, 2, 3)
    model: ModelConfiguration = field(
        default_factory=lambda: ModelConfiguration(
            width=128, heads=8, feed_forward=512, encoder_layers=2, decoder_layers=2, token_pool=2
        )
    )
    pretrain_epochs: int = 3
    epochs: int = 6
    pretrain_rate: float = 1e-3
    rate: float = 1e-3
    crops: int = 2
    beam: int = 3
    threads: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One row of the grid.

    Attributes:
        summary: Description for the table.
        pretrained: RadCARE comes first.
        degraded: RadCARE sees films at half resolution (eq 1).
        adapted: The stem was adapted to chest films; else it is ImageNet's.
        labels: Auxiliary label loss and label prompt (not in the paper).
        model: Switches of the model by name.
    """

    summary: str
    pretrained: bool = True
    degraded: bool = True
    adapted: bool = True
    labels: bool = False
    model: dict[str, Any] = field(default_factory=dict)


def run(config: AblateConfig) -> Path:
    """Run what is missing of the grid; returns the path of the table.

    Raises:
        InputError: An arm is missing or invalid, there is no seed, an arm learns from labels but
            nobody coded a study, or the grid of this name was started with other settings.
    """
    if not config.seeds:
        raise InputError("The grid needs at least one seed.")
    arms = read_arms(config)
    _require_same(config)
    log = open_run(config.runs, "ablate", config, name=config.name)
    stem = log.folder / "imagenet.safetensors"
    if not stem.is_file():
        write_stem(new_stem(StemForm.EFFICIENTNET_LITE0), stem)
    held = read_split(config.data, "val")
    records = tuple(record for record in held if clean(record.report))
    coded = any(is_coded(record.headings) for record in read_split(config.data, "train"))
    if taught := [name for name, arm in arms.items() if arm.labels and not coded]:
        raise InputError(
            f"Nobody coded a study, and these arms learn from codes: {', '.join(taught)}.",
            what_to_do="Name the others with --arms.",
        )
    for seed in config.seeds:
        for name, arm in arms.items():
            result = log.folder / f"{name}-{seed}" / RESULT
            if not result.is_file():
                folder = _train(config, arm, f"{name}-{seed}", seed, stem)
                figures = score_arm(_written(folder), records, seed)
                if arm_model(config, arm).has_exact_cache:
                    _add_word_loss(figures, folder)
                result.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
                log.measure("arm", {"arm": name, "seed": seed, **figures["all"]})
            _write_table(log, arms)
    return log.folder / TABLE


def read_arms(config: AblateConfig) -> dict[str, Arm]:
    """The requested arms by name, in the order of their names."""
    known = {path.stem: path for path in sorted(config.grid.glob("*.yaml"))}
    unknown = set(config.arms) - set(known)
    if unknown or not known:
        raise InputError(f"{config.grid} holds no arm {', '.join(sorted(unknown))}".rstrip() + ".")
    arms = {}
    for name in config.arms or known:
        try:
            arms[name] = Arm(**yaml.safe_load(known[name].read_text(encoding="utf-8")))
            arm_model(config, arms[name])
        except (TypeError, ValueError, yaml.YAMLError) as error:
            raise InputError(f"The arm {name} cannot be read: {error}.") from error
    return arms


def arm_model(config: AblateConfig, arm: Arm) -> ModelConfiguration:
    """The grid's sizes with the switches of an arm."""
    sizes = replace(config.model, **arm.model)
    return replace(sizes, labels=1, label_prompt=True) if arm.labels else sizes


def score_arm(
    texts: dict[str, str], records: tuple[Record, ...], seed: int
) -> dict[str, dict[str, float]]:
    """Figures on all studies, with films shuffled, and on the abnormal ones if there are any."""
    written = [texts[record.id] for record in records]
    abnormal = [index for index, record in enumerate(records) if is_abnormal(record)]
    figures = {
        "all": score_reports(written, records),
        "shuffled": score_reports(shuffled(written, seed, times=SHUFFLES), records * SHUFFLES),
    }
    if abnormal:
        figures["abnormal"] = score_reports(
            [written[index] for index in abnormal], [records[index] for index in abnormal]
        )
    return figures


def _train(config: AblateConfig, arm: Arm, name: str, seed: int, imagenet: Path) -> Path:
    """Run both stages, or what is missing of them; returns the folder of the second."""
    stem = (config.stem or imagenet) if arm.adapted else imagenet
    initial = _pretrain(config, arm, seed, stem) / "last" if arm.pretrained else None
    return finetune.run(
        FinetuneConfig(
            data=config.data,
            runs=config.runs,
            stem=stem,
            initial=initial,
            with_extra=config.with_extra,
            name=f"{config.name}/{name}",
            seed=seed,
            model=arm_model(config, arm),
            epochs=config.epochs,
            rate=config.rate,
            transferred_rate=config.rate,
            label_weight=1.0 if arm.labels else 0.0,
            crops=config.crops,
            averaging=0.99,
            validate_every=config.epochs,
            validation_beam=config.beam,
            threads=config.threads,
        )
    )


def _pretrain(config: AblateConfig, arm: Arm, seed: int, stem: Path) -> Path:
    """Run RadCARE, once for all arms that share it: it has no causal modules."""
    sizes = replace(
        config.model,
        view_embedding=arm_model(config, arm).view_embedding,
        visual=VisualForm.NONE,
        linguistic=LinguisticForm.NONE,
        dropout=0.0,
        word_dropout=0.0,
    )
    marks = [
        "radcare",
        *([] if arm.adapted else ["imagenet"]),
        *([] if arm.degraded else ["sharp"]),
        *([] if sizes.view_embedding else ["viewless"]),
        str(seed),
    ]
    name = f"{config.name}/{'-'.join(marks)}"
    finished = config.runs / name / "finished"
    if not finished.is_file():
        pretrain.run(
            PretrainConfig(
                data=config.data,
                runs=config.runs,
                stem=stem,
                name=name,
                seed=seed,
                model=sizes,
                epochs=config.pretrain_epochs,
                rate=config.pretrain_rate,
                degraded=arm.degraded,
                threads=config.threads,
            )
        )
        finished.touch()
    return finished.parent


def _add_word_loss(figures: dict[str, dict[str, float]], folder: Path) -> None:
    facts = load_model(folder / "last").facts
    figures["all"]["word_loss"] = facts["word_loss"]
    figures["all"]["film_worth"] = facts["word_loss_shuffled"] - facts["word_loss"]


def _written(folder: Path) -> dict[str, str]:
    texts: dict[str, str] = json.loads((folder / "last" / "validation.json").read_text("utf-8"))
    return texts


def _require_same(config: AblateConfig) -> None:
    """All runs of one table must have the same settings."""
    folder = config.runs / config.name
    if not (folder / "run.json").is_file():
        return
    before, now = read_settings(folder)["settings"], jsonable(asdict(config))
    differing = [key for key in now if key not in CHANGEABLE and before.get(key) != now[key]]
    if differing:
        raise InputError(
            f"{config.name} was begun with another {', '.join(differing)}; use another name."
        )


def _write_table(log: RunLog, arms: dict[str, Arm]) -> None:
    rows = {}
    for name, arm in arms.items():
        found = sorted(log.folder.glob(f"{name}-*/{RESULT}"))
        rows[arm.summary] = [json.loads(path.read_text(encoding="utf-8")) for path in found]
    (log.folder / TABLE).write_text(seed_table(rows), encoding="utf-8")
