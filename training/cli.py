"""`train`: the recipes as commands, each with its settings as options or a YAML file.

`train finetune --config training/configs/cmcrl_s.yaml --epochs 5` reads the file first, then the
options. `train resume RUN` continues an interrupted run with the settings it was started with. An
error of ours ends with one plain sentence and status 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_type_hints

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import register_type
from pydantic import TypeAdapter, ValidationError

from engine.errors import InputError, NegatoscopeError, NotFoundError
from training.config import AdaptStemConfig, CardConfig, EvaluateConfig, PrepareConfig
from training.data.report_text import Marks
from training.export import quantize, write_bundle
from training.export.quantize import QuantizeConfig
from training.export.write_bundle import ExportConfig
from training.model.configuration import LinguisticForm, VisualForm
from training.model.stem import StemForm
from training.recipes import (
    ablate,
    adapt_stem,
    assemble,
    card,
    evaluate,
    export_outline,
    finetune,
    prepare,
    pretrain,
    reward_tuning,
    segment,
)
from training.recipes.ablate import AblateConfig
from training.recipes.assemble import AssembleConfig
from training.recipes.export_outline import ExportOutlineConfig
from training.recipes.pretrain import PretrainConfig
from training.recipes.report_material import FinetuneConfig
from training.recipes.reward_tuning import RewardTuningConfig
from training.recipes.run_log import read_settings
from training.recipes.segment import SegmentConfig

Recipe = tuple[type[Any], Callable[[Any], object], str]

RECIPES: dict[str, Recipe] = {
    "prepare": (PrepareConfig, prepare.run, "check the data, decode the films, build the words"),
    "adapt-stem": (AdaptStemConfig, adapt_stem.run, "train the stem on labels of chest films"),
    "pretrain": (PretrainConfig, pretrain.run, "RadCARE: learn from films and text together"),
    "finetune": (FinetuneConfig, finetune.run, "teach the model to write reports"),
    "tune": (RewardTuningConfig, reward_tuning.run, "tune the model on what its reports are worth"),
    "ablate": (AblateConfig, ablate.run, "train and score every arm of the ablation grid"),
    "evaluate": (EvaluateConfig, evaluate.run, "score a model and the baselines on a split"),
    "segment": (SegmentConfig, segment.run, "teach a small net to outline lungs and heart"),
    "card": (CardConfig, card.run, "write the model card and the manifest's figures"),
    "export": (ExportConfig, write_bundle.run, "write the bundle that the product loads"),
    "export-outline": (
        ExportOutlineConfig,
        export_outline.run,
        "write the outline model that the product loads, with its figures",
    ),
    "assemble": (AssembleConfig, assemble.run, "let a bundle put drafts together from sentences"),
    "quantize": (QuantizeConfig, quantize.run, "write a bundle in 8 bits and compare the two"),
}
# By value, as in a stored configuration; jsonargparse's default is by name.
for choice in (LinguisticForm, Marks, StemForm, VisualForm):
    register_type(choice, serializer=str, deserializer=choice)

RESUMABLE = ("adapt-stem", "pretrain", "finetune", "tune", "ablate", "segment")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        result = resume(Path(parsed.resume.run)) if parsed.command == "resume" else _run(parsed)
    except NegatoscopeError as error:
        sys.stderr.write(" ".join(filter(None, (error.message, error.what_to_do))) + "\n")
        return 1
    except OSError as error:
        file_name = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"{file_name}{error.strerror or error}.\n")
        return 1
    sys.stdout.write(f"{result}\n")
    return 0


def resume(folder: Path) -> object:
    """Continue an interrupted run; returns what the recipe returns.

    Raises:
        NotFoundError: The folder is not a run that can be resumed.
    """
    facts = read_settings(folder)
    name = facts["recipe"]
    if name not in RESUMABLE:
        raise NotFoundError(f"A {name} run cannot be resumed; start it again.")
    config_type, run, _ = RECIPES[name]
    settings = {**facts["settings"], "name": folder.name, "runs": str(folder.parent)}
    return run(_settings(config_type, settings))


def _run(parsed: Namespace) -> object:
    config_type, run, _ = RECIPES[parsed.command]
    settings = parsed[parsed.command].as_dict()
    settings.pop("config", None)
    return run(_settings(config_type, settings))


def _settings(config_type: type[Any], values: dict[str, Any]) -> Any:
    """The frozen, validated settings from plain values."""
    try:
        return TypeAdapter(config_type).validate_python(values)
    except ValidationError as error:
        reasons = (
            f"{'.'.join(map(str, one['loc'])) or 'one of them'}: {one['msg']}"
            for one in error.errors()
        )
        raise InputError(f"These settings cannot be used: {'; '.join(reasons)}.") from error


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="train", description="Train, evaluate and export the model.")
    commands = parser.add_subcommands(dest="command")
    for name, (config_type, _, summary) in RECIPES.items():
        commands.add_subcommand(name, _command(config_type), help=summary)
    again = ArgumentParser(description="Go on with an interrupted run.")
    again.add_argument("run", type=str, help="folder of the run")
    commands.add_subcommand("resume", again, help="go on with an interrupted run")
    return parser


def _command(config_type: type[Any]) -> ArgumentParser:
    """Options for one settings class; a nested class's are `--name.field`.

    Nested classes are added one by one because jsonargparse cannot read the defaults of a dataclass
    with slots.
    """
    # Listing all settings would bury the one sentence that says what is wrong.
    usage = "%(prog)s [--config FILE] [--SETTING VALUE …] (--help names the settings)"
    summary = (config_type.__doc__ or "").splitlines()[0]
    parser = ArgumentParser(description=summary, usage=usage)
    parser.add_argument("--config", action="config", help="YAML file with settings")
    types = get_type_hints(config_type)
    nested = {field.name: field for field in fields(config_type) if is_dataclass(types[field.name])}
    parser.add_class_arguments(config_type, skip=set(nested))
    choices = {f.name: f.default for f in fields(config_type) if isinstance(f.default, Enum)}
    parser.set_defaults({name: choice.value for name, choice in choices.items()})
    for name, field in nested.items():
        parser.add_class_arguments(types[name], name)
        if callable(field.default_factory):
            values = asdict(field.default_factory())
            plain = {key: getattr(value, "value", value) for key, value in values.items()}
            parser.set_defaults({f"{name}.{key}": value for key, value in plain.items()})
    return parser


if __name__ == "__main__":
    sys.exit(main())
