"""`negatoscope`: the verbs, their arguments, and how a failure is reported.

Standard output carries results only (with ``--json`` one object per line), standard error carries
sentences. Exit status: 0 success, 1 something failed, 2 wrong usage. Never a traceback.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

from engine.cli.arguments import text
from engine.cli.output import complain, note, prepare_streams, print_line
from engine.errors import NegatoscopeError
from engine.logs import start_logging

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verb:
    """A verb, described without importing its module.

    Args:
        help: What `negatoscope --help` says of it.
        arguments: `module:function` below `engine.cli` that adds its arguments to its parser.
        workspace: Whether it takes the options that name a workspace.
        parts: Whether it has parts (`reports list`). The parts then take the shared options
            instead, and the function gets these as a second argument.
    """

    help: str
    arguments: str
    workspace: bool = True
    parts: bool = False


# Only the requested verb's module is imported: most of them load the database and the DICOM
# readers, a second of processor time. The frozen application tells a command line from a start of
# the viewer by these names.
VERBS = {
    "inspect": Verb("say what DICOM files hold", "inspect:add_arguments", workspace=False),
    "studies": Verb(
        "say how films would hang, what is drafted and what is left out",
        "studies:add_arguments",
        workspace=False,
    ),
    "worklist": Verb(
        "list the studies of a workspace, or take one off", "worklist:add_arguments", parts=True
    ),
    "orders": Verb(
        "read orders from files, or list those of a workspace",
        "orders:add_arguments",
        parts=True,
    ),
    "draft": Verb("draft the reports of studies", "draft:add_arguments"),
    "watch": Verb("take in what comes into folders, and draft it", "watch:add_arguments"),
    "reports": Verb(
        "list, show, review, sign or export reports", "reports:add_arguments", parts=True
    ),
    "read": Verb(
        "say what texts of reports say, a line each", "language:add_read_arguments", workspace=False
    ),
    "check": Verb(
        "ask about reports in JSON, a line each", "language:add_check_arguments", workspace=False
    ),
    "presentations": Verb(
        "list, show or write presentation states", "presentations:add_arguments", parts=True
    ),
    "films": Verb("write a study's films without the patient's identity", "films:add_arguments"),
    "users": Verb(
        "the people of a workspace, and passphrases",
        "report_signing:add_users_arguments",
        parts=True,
    ),
    "outbox": Verb(
        "list or deliver signed results that go to the outbox",
        "outbox:add_arguments",
        parts=True,
    ),
    "audit": Verb("print or search the audit trail", "audit:add_arguments"),
    "settings": Verb(
        "say what is set and where it comes from", "settings:add_arguments", workspace=False
    ),
    "update": Verb(
        "say which version is there, or put in a newer one from a signed file",
        "update:add_arguments",
        workspace=False,
    ),
    "verify-db": Verb("check the workspace's database", "maintenance:add_verify_db_arguments"),
    "model": Verb(
        "list, import and choose the models that draft", "model:add_arguments", parts=True
    ),
    "acceptance": Verb(
        "compare a model's drafts with a site's own reports",
        "acceptance:add_arguments",
        workspace=False,
    ),
    "watch-model": Verb(
        "say what readers made of the model's drafts, by month", "model_watch:add_arguments"
    ),
    "verify-model": Verb(
        "check the model's files", "maintenance:add_verify_model_arguments", workspace=False
    ),
    "backup": Verb("write a checked, encrypted copy", "maintenance:add_backup_arguments"),
    "restore": Verb(
        "go back to a backup; the files as they are now are kept aside",
        "maintenance:add_restore_arguments",
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status."""
    prepare_streams()
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser_for(words).parse_args(words)
    start_logging("cli")
    try:
        return int(options.run(options))
    except NegatoscopeError as error:
        _LOG.error("%s failed", options.verb, exc_info=error)
        complain(error)
    except KeyboardInterrupt:
        note("Stopped as you asked.")
    except BrokenPipeError:
        # The reader of our output is gone (`| head`), so there is nobody to tell.
        pass
    except Exception:  # noqa: BLE001
        # The last resort: whoever runs a script gets a sentence, and the log the cause.
        _LOG.exception("unexpected failure of %s", options.verb)
        note("Something unexpected went wrong; the log has the details.")
    return 1


def _parser_for(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """A parser with every verb's name, and the arguments of the requested one."""
    parser = argparse.ArgumentParser(
        prog="negatoscope",
        description="Chest film reading and report drafting. Research use only, "
        "not a medical device.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    # No option before the verb takes a value, so the first verb among the words is the one.
    asked = next((word for word in arguments if word in VERBS), None)
    for name, verb in VERBS.items():
        shared = [_json_option(), *([_workspace_options()] if verb.workspace else [])]
        one = verbs.add_parser(name, parents=[] if verb.parts else shared, help=verb.help)
        if name == asked:
            add = resolve_name(f"engine.cli.{verb.arguments}")
            add(one, shared) if verb.parts else add(one)
    return parser


class _Version(argparse.Action):
    """Looks the version up only if it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - no other verb needs it

        print_line(f"Negatoscope {version('negatoscope')}")
        parser.exit()


def _json_option() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--json", action="store_true", help="print one JSON object a line, nothing else"
    )
    return options


def _workspace_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    group = options.add_argument_group("workspace")
    group.add_argument(
        "--workspace",
        type=Path,
        metavar="DIR",
        help="folder of the encrypted workspace, made on first use (default: yours)",
    )
    group.add_argument(
        "--demo", action="store_true", help="a demo workspace without a passphrase; no patients"
    )
    group.add_argument(
        "--passphrase-fd",
        type=int,
        metavar="N",
        help="read the passphrase's line from this file descriptor",
    )
    group.add_argument(
        "--user",
        type=text,
        metavar="NAME",
        help="your name: of a workspace made now, or whose passphrase it is",
    )
    return options


if __name__ == "__main__":
    raise SystemExit(main())
