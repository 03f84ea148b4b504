"""The models of the workspace: import a pack, put it to use, go back to the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from PySide6.QtWidgets import QPushButton, QTreeWidget, QTreeWidgetItem, QWidget

from engine.domain.model_pack import INSTALLED, ModelPack
from engine.domain.progress import CancelToken, Progress
from engine.errors import CancelledError
from viewer.dialogs.sheet import Sheet
from viewer.errors import OnError, notice_of
from viewer.theme.palette import set_look
from viewer.theme.size import px
from viewer.widgets.progress_line import ProgressLine

_INTRODUCTION: Final = (
    "A model pack is checked and tried on the demo studies before it can be used. Whether a model "
    "is good enough, only an acceptance test on your own films shows."
)
_COLUMNS: Final = (("Model", 170), ("", 110), ("Tried on the demo studies", 320))
OnPacks = Callable[[tuple[ModelPack, ...]], None]


class ModelCalls(Protocol):
    """What the sheet asks for; `viewer.state.models` answers."""

    def read(self, came: OnPacks) -> None:
        """Read which models there are."""

    def take_in(
        self, pack: Path, progressed: Callable[[Progress], None], came: OnPacks, failed: OnError
    ) -> CancelToken:
        """Import a pack."""

    def use(self, name: str, came: OnPacks, failed: OnError) -> None:
        """Put a model to use."""

    def back(self, came: OnPacks, failed: OnError) -> None:
        """Put the one before to use."""


class ModelsSheet(Sheet):
    """A table of the models; the one in use is chosen at first.

    Args:
        calls: Reads and changes the models.
        ask_pack: Asks for a pack; None if cancelled.
    """

    def __init__(
        self,
        calls: ModelCalls,
        ask_pack: Callable[[], Path | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Models", 720, parent)
        self._calls = calls
        self._ask_pack = ask_pack
        self._packs: tuple[ModelPack, ...] = ()
        self._token: CancelToken | None = None
        self.add_heading("Models")
        self.add_label(_INTRODUCTION, role="dim")
        self.table = QTreeWidget()
        self.table.setAccessibleName("Models")
        self.table.setHeaderLabels([name for name, _ in _COLUMNS])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setFixedHeight(px(150))
        for column, (_, width) in enumerate(_COLUMNS):
            self.table.setColumnWidth(column, px(width))
        self.table.currentItemChanged.connect(self._describe)
        self.column.addWidget(self.table)
        self.about = self.add_label("")
        self.hash = self.add_label("", role="caption")
        self.problem = self.add_label("", role="amber")
        self.line = ProgressLine()
        self.column.addWidget(self.line)
        self._add_buttons()
        self.finished.connect(lambda _code: self._stop())
        calls.read(self._show)

    def _add_buttons(self) -> None:
        self.take_in = QPushButton("Import…")
        self.back = QPushButton("Go back")
        self.use = QPushButton("Use this model")
        self.close_button = QPushButton("Close  Esc")
        set_look(self.close_button, variant="quiet")
        self.take_in.clicked.connect(self._import)
        self.back.clicked.connect(lambda: self._calls.back(self._show, self._fail))
        self.use.clicked.connect(self._use)
        self.close_button.clicked.connect(self.reject)
        self.add_buttons(self.close_button, self.take_in, self.back, self.use)

    @property
    def _chosen(self) -> ModelPack | None:
        row = self.table.currentIndex().row()
        return self._packs[row] if 0 <= row < len(self._packs) else None

    def _show(self, packs: Sequence[ModelPack]) -> None:
        self._end()
        new = next((pack for pack in packs if self._packs and pack not in self._packs), None)
        self._packs = tuple(packs)
        self.table.clear()
        self.table.addTopLevelItems([_row(pack) for pack in packs])
        used = next((row for row, pack in enumerate(packs) if pack.is_used), 0)
        row = used if new is None or new.is_used or new.is_former else packs.index(new)
        self.table.setCurrentIndex(self.table.model().index(row, 0))
        before = next((pack for pack in packs if pack.is_former), None)
        self.back.setText(f"Go back to {before.title}" if before is not None else "Go back")
        self._describe()

    def _describe(self, *_items: object) -> None:
        pack, is_idle = self._chosen, self._token is None
        manifest = pack.manifest if pack is not None else None
        said = () if manifest is None else (manifest.intended_use, manifest.licence)
        self.about.setText(" ".join(said))
        digest = "" if pack is None else pack.sha256
        self.hash.setText(f"Manifest SHA-256  {digest}" if digest else "")
        remark = "" if pack is None else pack.problem or (pack.trial.remark if pack.trial else "")
        self._tell(remark)
        can_be_used = pack is not None and not pack.is_used and not pack.problem
        self.use.setEnabled(is_idle and can_be_used)
        self.take_in.setEnabled(is_idle)
        self.back.setEnabled(is_idle and any(one.is_former for one in self._packs))

    def _tell(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.fit()

    def _import(self) -> None:
        pack = self._ask_pack()
        if pack is None:
            return
        self.line.show_progress(0, 0, "Checking the model's files")
        self.close_button.setText("Stop  Esc")
        self._token = self._calls.take_in(pack, self._on_progress, self._show, self._fail)
        self._describe()

    def _use(self) -> None:
        pack = self._chosen
        if pack is not None:
            self._calls.use(pack.name, self._show, self._fail)

    def _on_progress(self, progress: Progress) -> None:
        share = f", study {progress.done + 1} of {progress.total}" if progress.total else ""
        self.line.show_progress(progress.done, progress.total, f"{progress.message}{share}")

    def _fail(self, error: Exception) -> None:
        self._end()
        self._describe()
        if not isinstance(error, CancelledError):
            self._tell(notice_of(error).line)

    def _end(self) -> None:
        self._token = None
        self.line.finish()
        self.close_button.setText("Close  Esc")

    def _stop(self) -> None:
        if self._token is not None:
            self._token.cancel()


def _row(pack: ModelPack) -> QTreeWidgetItem:
    role = "in use" if pack.is_used else "used before" if pack.is_former else ""
    if pack.trial is None:
        tried = "came with the program" if pack.name == INSTALLED else ""
    else:
        tried = (
            f"{pack.trial.studies} studies, {pack.trial.sentences} sentences, "
            f"{pack.trial.seconds:.1f} s at most"
        )
    return QTreeWidgetItem([pack.title, role, tried])
