"""`negatoscope`: verbs, their arguments, and what a failure looks like.

Standard output carries results only (with ``--json`` one object a line), standard error carries
sentences. Exit status: 0 all well, 1 something failed, 2 wrong usage. Never a traceback.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from engine.cli import draft, inspect, maintenance, presentations, report_signing, reports
from engine.cli.arguments import text
from engine.cli.output import complain, note, prepare_streams
from engine.errors import NegatoscopeError
from engine.logs import start_logging

_LOG = logging.getLogger(__name__)

# The frozen application tells its command line from its viewer by these.
VERBS = (
    "inspect",
    "draft",
    "reports",
    "presentations",
    "users",
    "verify-db",
    "verify-model",
    "backup",
    "restore",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status."""
    prepare_streams()
    options = build_parser().parse_args(arguments)
    start_logging("cli")
    try:
        return int(options.run(options))
    except NegatoscopeError as error:
        _LOG.error("%s failed", options.verb, exc_info=error)
        complain(error)
    except KeyboardInterrupt:
        note("Stopped as you asked.")
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing to tell anybody.
        pass
    except Exception:  # noqa: BLE001
        # The last line of defence: whoever runs a script gets a sentence, the log the cause.
        _LOG.exception("unexpected failure of %s", options.verb)
        note("Something unexpected went wrong; the log has the details.")
    return 1


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="negatoscope",
        description="Chest film reading and report drafting. Research use only, "
        "not a medical device.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    workspace = _workspace_options()
    json_option = argparse.ArgumentParser(add_help=False)
    json_option.add_argument(
        "--json", action="store_true", help="print one JSON object a line, nothing else"
    )
    inspect.add_verb(verbs, [json_option])
    draft.add_verb(verbs, [json_option, workspace])
    reports.add_verb(verbs, [json_option, workspace])
    presentations.add_verb(verbs, [json_option, workspace])
    report_signing.add_users_verb(verbs, [json_option, workspace])
    maintenance.add_verbs(verbs, [json_option], workspace)
    return parser


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
