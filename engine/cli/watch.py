"""`negatoscope watch FOLDER…`: take in and draft what comes into folders, without a window.

Each result is one line, with identifiers and file names but no patient. Orders are read beside the
films, so that the most urgent study is drafted first. The workspace must not be open in a window at
the same time; the window watches the folders of the settings itself.
"""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.cli.interruption import stopped_by
from engine.cli.output import note, print_line, print_object
from engine.cli.session import open_workspace
from engine.domain.incoming import DraftOutcome, InboxStep
from engine.domain.order import OrderIntake
from engine.domain.progress import CancelToken
from engine.domain.study import SkippedFile, StudyUid
from engine.errors import BundleError, CancelledError, InputError
from engine.services.inbox import Inbox
from engine.services.workspace import Workspace
from engine.settings import load_settings

_ORDERS_EVERY_S = 10.0
"""Time between two looks into the folder of orders, in seconds, as in the window."""
_WAKES_S = 0.1
"""How long a request to stop may wait while there is nothing to do, in seconds."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "folders",
        nargs="*",
        type=Path,
        metavar="FOLDER",
        help="folders to watch (default: the setting inbox_folders)",
    )
    parser.add_argument(
        "--orders",
        type=Path,
        metavar="FOLDER",
        help="folder of orders (default: the setting orders_folder; none in the demo)",
    )
    parser.add_argument(
        "--once", action="store_true", help="end when all that is there and whole was taken"
    )
    parser.add_argument("--draft", action="store_true", help="draft each study that comes")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Watch until all is done (`--once`) or a signal comes; exit status 1 if something failed."""
    folders: Sequence[Path | str] = options.folders or load_settings().inbox_folders
    if not folders:
        raise InputError(
            "No folder is named.", what_to_do="Name one, or set inbox_folders in the settings."
        )
    with open_workspace(options) as workspace, stopped_by(signal.SIGINT, signal.SIGTERM) as cancel:
        if options.draft:
            status = workspace.drafting.load()
            if not status.is_ready:
                raise BundleError(status.message)
        inbox = workspace.intake.watch(folders, is_patient=not options.once)
        watch = _Watch(workspace, inbox, options, cancel, _orders_folder(options, workspace))
        try:
            watch.run()
        except CancelledError:
            note("Stopped as you asked.")
    return 1 if watch.has_failed else 0


class _Watch:
    """The loop: look, take, draft one study, look again when it is time.

    Args:
        workspace: Takes the studies.
        inbox: The folders.
        options: Of the command line.
        cancel: Set by a signal.
        orders: Folder of orders, or None.
    """

    def __init__(
        self,
        workspace: Workspace,
        inbox: Inbox,
        options: argparse.Namespace,
        cancel: CancelToken,
        orders: Path | None,
    ) -> None:
        self._workspace = workspace
        self._inbox = inbox
        self._options = options
        self._cancel = cancel
        self._away: tuple[Path, ...] = ()
        self._told: frozenset[SkippedFile] = frozenset()
        self._orders = orders
        self._orders_next = 0.0
        self._orders_unsettled = False
        self._orders_away = False
        self.has_failed = False

    def run(self) -> None:
        """Watch; raises `CancelledError` once a signal has come."""
        while True:
            step = self._step()
            if step.is_more:
                continue
            looked = time.monotonic()
            queue = list(step.waiting) if self._options.draft else []
            while queue and time.monotonic() - looked < step.pause_s:
                self._draft(queue.pop(0))
            if queue:
                continue
            is_unsettled = step.is_unsettled or self._orders_unsettled
            if self._options.once and not is_unsettled and not step.came:
                return
            self._rest(looked + step.pause_s)

    def _step(self) -> InboxStep:
        # First: a study that comes with its order is drafted by that order's urgency.
        if self._orders is not None and time.monotonic() >= self._orders_next:
            self._read_orders(self._orders)
        step = self._workspace.intake.step(self._inbox, cancel=self._cancel)
        for uid, films in step.came:
            count = "1 film" if films == 1 else f"{films} films"
            self._tell("indexed", f"{uid}: {count}", study_uid=uid, films=films)
        for folder in step.away:
            if folder not in self._away:
                self._tell("away", f"{folder}", folder=str(folder))
        for folder in self._away:
            if folder not in step.away:
                self._tell("back", f"{folder}", folder=str(folder))
        self._away = step.away
        self.has_failed = self.has_failed or (self._options.once and bool(step.away))
        for item in step.left_out:
            if item not in self._told:
                self._tell("left out", f"{item.name}: {item.reason}", **_left_out(item))
        self._told = frozenset(step.left_out)
        return step

    def _read_orders(self, folder: Path) -> None:
        was_away = self._orders_away
        try:
            found = self._workspace.orders.read_folder(folder, self._cancel)
        except InputError:
            found, self._orders_away = OrderIntake(), True
            self.has_failed = self.has_failed or self._options.once
        else:
            self._orders_away = False
        if self._orders_away is not was_away:
            self._tell("away" if self._orders_away else "back", f"{folder}", folder=str(folder))
        self._orders_unsettled = bool(found.waiting)
        self._orders_next = time.monotonic() + (0.0 if found.waiting else _ORDERS_EVERY_S)
        if found.new or found.changed or found.cancelled:
            counts = {"new": found.new, "changed": found.changed, "cancelled": found.cancelled}
            words = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
            self._tell("orders", words, **counts)
        for item in found.refused:
            self._tell("left out", f"{item.name}: {item.reason}", **_left_out(item))

    def _draft(self, uid: StudyUid) -> None:
        started = time.monotonic()
        outcome = self._workspace.intake.draft(uid, cancel=self._cancel)
        if self._cancel.is_cancelled and outcome.draft is None:
            self._cancel.raise_if_cancelled()  # a worker ended by the same signal is no failure
        self._tell_outcome(outcome, time.monotonic() - started)
        if not outcome.is_final:
            self._inbox.put_off(uid, outcome.not_drafted)
            self.has_failed = self.has_failed or self._options.once

    def _tell_outcome(self, outcome: DraftOutcome, seconds: float) -> None:
        uid, draft = outcome.study, outcome.draft
        if draft is not None:
            words = f"{uid}: {len(draft.sentences)} sentences in {seconds:.1f} s"
            facts = {"draft_id": draft.id, "sentences": len(draft.sentences)}
            self._tell("drafted", words, study_uid=uid, seconds=round(seconds, 2), **facts)
        elif outcome.not_drafted:
            words = f"{uid}: {outcome.not_drafted}"
            self._tell("not drafted", words, study_uid=uid, reason=outcome.not_drafted)

    def _tell(self, event: str, words: str, **facts: object) -> None:
        if self._options.json:
            print_object({"event": event, **facts})
        else:
            print_line(f"{event:11}  {words}")

    def _rest(self, until: float) -> None:
        while time.monotonic() < until:
            self._cancel.raise_if_cancelled()
            time.sleep(_WAKES_S)
        self._cancel.raise_if_cancelled()


def _orders_folder(options: argparse.Namespace, workspace: Workspace) -> Path | None:
    set_folder = "" if workspace.is_demo else load_settings().orders_folder
    folder: Path | None = options.orders or (Path(set_folder) if set_folder else None)
    return folder


def _left_out(item: SkippedFile) -> Mapping[str, object]:
    return {"name": item.name, "reason": item.reason}
