"""`negatoscope model list|import|use|back`: the models of a workspace."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from engine.cli.arguments import text
from engine.cli.output import note, print_line, print_object
from engine.cli.session import open_workspace
from engine.domain.model_pack import ModelPack
from engine.domain.progress import Progress


def add_arguments(
    parser: argparse.ArgumentParser, shared: Sequence[argparse.ArgumentParser]
) -> None:
    """Add the parts of `negatoscope model`."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    listed = parts.add_parser("list", parents=shared, help="say which models there are")
    listed.set_defaults(run=run_list)
    taken = parts.add_parser(
        "import", parents=shared, help="check a model pack, try it on the demo studies, keep it"
    )
    taken.add_argument("pack", type=Path, metavar="FILE", help="a ZIP file, or a folder")
    taken.set_defaults(run=run_import)
    used = parts.add_parser("use", parents=shared, help="draft with a model from here on")
    used.add_argument("name", type=text, metavar="NAME", help="as `negatoscope model list` says")
    used.set_defaults(run=run_use)
    back = parts.add_parser("back", parents=shared, help="draft with the one before again")
    back.set_defaults(run=run_back)


def run_list(options: argparse.Namespace) -> int:
    """Print every model, the installed one first."""
    with open_workspace(options) as workspace:
        packs = workspace.models.packs()
    for pack in packs:
        _print(pack, as_json=options.json)
    return 0


def run_import(options: argparse.Namespace) -> int:
    """Import a pack; the model in use stays in use."""
    with open_workspace(options) as workspace:
        pack = workspace.models.import_pack(options.pack, progress=_say)
    _print(pack, as_json=options.json)
    if not options.json:
        note(f"It is not in use yet: negatoscope model use {pack.name}")
    return 0


def run_use(options: argparse.Namespace) -> int:
    """Put a model to use."""
    with open_workspace(options) as workspace:
        pack = workspace.models.use(options.name)
    _print(pack, as_json=options.json)
    return 0


def run_back(options: argparse.Namespace) -> int:
    """Put the model to use that was used before."""
    with open_workspace(options) as workspace:
        pack = workspace.models.back()
    _print(pack, as_json=options.json)
    return 0


def _say(progress: Progress) -> None:
    share = f": {progress.done + 1} of {progress.total}" if progress.total else ""
    note(f"{progress.message}{share}")


def _print(pack: ModelPack, *, as_json: bool) -> None:
    if as_json:
        print_object(_object(pack))
        return
    role = "in use" if pack.is_used else "used before" if pack.is_former else ""
    print_line(f"{pack.name:24} {pack.title:20} {pack.sha256[:12]:12} {role}".rstrip())
    if pack.trial is not None:
        trial = pack.trial
        print_line(
            f"  tried on {trial.studies} demo studies: {trial.sentences} sentences, "
            f"{trial.understood} understood, {trial.distinct} different drafts, "
            f"{trial.seconds:.1f} s at most"
        )
        if trial.remark:
            print_line(f"  {trial.remark}")
    if pack.problem:
        print_line(f"  {pack.problem}")


def _object(pack: ModelPack) -> dict[str, object]:
    manifest = pack.manifest
    return {
        "name": pack.name,
        "bundle": pack.title,
        "sha256": pack.sha256,
        "is_used": pack.is_used,
        "is_former": pack.is_former,
        "licence": None if manifest is None else manifest.licence,
        "intended_use": None if manifest is None else manifest.intended_use,
        "trial": None
        if pack.trial is None
        else {**asdict(pack.trial), "remark": pack.trial.remark},
        "problem": pack.problem or None,
    }
