"""What a unit of work hands out: values of the domain, never a row or its session."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import get_args, get_type_hints

from sqlalchemy.orm import Session
from testkit.workspaces import open_store

from engine.storage.schema import Base


def _types(hint: object) -> set[object]:
    return {hint}.union(*map(_types, get_args(hint)))


def test_no_row_and_no_session_leaves_storage(tmp_path: Path) -> None:
    leaks = []
    with open_store(tmp_path) as store, store.look() as unit:
        for name, part in vars(unit).items():
            assert not isinstance(part, Session)
            for verb, function in inspect.getmembers(type(part), inspect.isfunction):
                given = _types(get_type_hints(function).get("return"))
                rows = [t for t in given if inspect.isclass(t) and issubclass(t, Base | Session)]
                if not verb.startswith("_") and rows:
                    leaks.append(f"{name}.{verb} gives {rows}")
    assert not leaks
