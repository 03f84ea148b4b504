"""Makes the pictures of docs/images by driving the real window on the demo workspace, offscreen.

It needs the trained bundle in `resources/model`; only the times of day differ from run to run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from unittest import mock

from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

ROOT = Path(__file__).resolve().parent.parent
SIZES = ((1366, 768), (1920, 1080), (3840, 2160))
PATIENCE_S = 120.0
SETTLE_S = 0.4
QUALITY = 85  # of WebP: looks as a PNG ten times as large
GAP = 16  # px between the pages of a report
# Midline, heart borders and inner chest wall of the first demo film, as fractions of its size.
CHEST = ((0.5, 0.12), (0.5, 0.73), (0.415, 0.6), (0.685, 0.65), (0.085, 0.62), (0.915, 0.62))
# Outline of the opacity beside the heart.
OPACITY = tuple(
    (0.77 + 0.1 * math.cos(k / 15), 0.6 + 0.08 * math.sin(k / 15 + 0.6)) for k in range(95)
)
S = TypeVar("S", bound=QDialog)


def main() -> int:
    """Make all pictures; returns the exit status."""
    parser = argparse.ArgumentParser(description="Make the pictures of the documents.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images", help="folder")
    parser.add_argument("--model", type=Path, help="another bundle than resources/model")
    wanted = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from engine import paths  # noqa: PLC0415 - after the path is set

    with tempfile.TemporaryDirectory() as home:
        os.environ[paths.HOME_VARIABLE] = home
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={_large_screen(Path(home))}"
        model = wanted.model or paths.model_bundle()
        with mock.patch.object(paths, "model_bundle", return_value=model):
            return _Photographer(Path(home), wanted.out).run()


def _large_screen(home: Path) -> Path:
    """Write a file that gives Qt a screen on which every dialog fits, not 800 by 800."""
    width, height = SIZES[-1]
    dots = {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    screen = {"name": "large", "x": 0, "y": 0, "width": width, "height": height, **dots}
    file = home / "screens.json"
    file.write_text(json.dumps({"screens": [screen]}), encoding="utf-8")
    return file


class _Photographer:
    """Drives one window and takes its pictures."""

    def __init__(self, home: Path, out: Path) -> None:
        from viewer.app_context import AppContext  # noqa: PLC0415 - after the path is set
        from viewer.main_window import MainWindow  # noqa: PLC0415 - the same
        from viewer.theme.palette import apply_theme  # noqa: PLC0415 - the same
        from viewer.theme.tokens import DARK  # noqa: PLC0415 - the same

        self.app = QApplication([])
        apply_theme(self.app, DARK)
        self.home = home
        self.out = out
        self.context = AppContext(self.app)
        settings = QSettings(str(home / "window.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow(self.context, settings)
        self.window.resize(1920, 1080)
        self.window.show()
        out.mkdir(parents=True, exist_ok=True)

    def run(self) -> int:
        """Go through every state in the order in which a reader meets them."""
        self._first_start()
        self._open()
        self._annotations()
        self._reading()
        self._films_apart()
        self._draft()
        for width, height in SIZES:
            self.window.resize(width, height)
            self._take(f"main-{width}")
        self._large_report()
        self.window.resize(1920, 1080)
        self._without_area()
        self._review_and_sign()
        self._prior_documents()
        self._past_reports()
        self._report_pages()
        self._figures()
        self._keys()
        self._states()
        self._sheets()
        self.window.close()
        return 0

    def _first_start(self) -> None:
        from viewer.dialogs.first_start import FirstStart  # noqa: PLC0415 - after the path is set

        workspace = Path("/home/reader/.local/share/Negatoscope/workspace")
        self.window.ask_for_workspace(workspace, has_workspace=False)
        sheet = self._sheet(FirstStart)
        self._take("first-start")
        self._dismiss(sheet)

    def _open(self) -> None:
        context, session = self.context, self.context.session
        context.open_when_ready((), first_study=True)
        session.open_demo(self.home / "demo")
        self._until(lambda: context.desk is not None, "the workspace")
        self.desk, self.view = context.desk, self.window.desk_view
        report, films = self.desk.report, self.desk.films
        self._until(lambda: report.report is not None, "the demo study")
        self._until(lambda: bool(films.films) and all(f.pixels for f in films.films), "the pixels")
        self._until(lambda: bool(session.model.provider or session.model.message), "the model")
        if not session.model.provider:
            raise SystemExit(session.model.message)
        self._take("before-draft")
        self._layouts()

    def _layouts(self) -> None:
        films = self.desk.films
        self._do("layout.timeline")
        self._until(lambda: all(f.pixels for f in films.films), "the priors")
        self._take("timeline")
        self._names_hidden()
        for name in ("layout-single", "layout-prior"):
            self._do(name.replace("-", "."))
            self._until(lambda: all(f.pixels for f in films.films), "the films")
            self._take_films(name)
        self._do("layout.study")
        self._until(lambda: all(f.pixels for f in films.films), "the films")

    def _draw(self, kind: str, *at: tuple[float, float], text: str = "") -> None:
        """Add an annotation to the active film; points are fractions of the film's size."""
        from engine.domain.annotation import Point  # noqa: PLC0415 - after the path is set
        from engine.domain.annotation_kind import AnnotationKind  # noqa: PLC0415 - the same

        state, annotations = self.view.views.active, self.desk.annotations
        image, film = state.film.image, state.film.pixels
        if image is None or film is None:
            raise SystemExit("There is no film to draw on.")
        points = [Point(x=x * film.columns, y=y * film.rows) for x, y in at]
        annotations.add(annotations.new(AnnotationKind(kind), image, points, text))

    def _take_back(self) -> None:
        while self.desk.annotations.can_undo:
            self.desk.annotations.undo()

    def _annotations(self) -> None:
        """Annotations of every kind on a chest, removed again afterwards."""
        put, take_back = self._draw, self._take_back
        put("cardiothoracic", *CHEST)
        put("ellipse", (0.2, 0.22), (0.3, 0.32))
        put("arrow", (0.8, 0.16), (0.72, 0.24))
        put("text", (0.81, 0.13), text="Compare")
        put("length", (0.62, 0.4), (0.75, 0.37))
        self._take("marks")
        take_back()
        put("cobb", (0.42, 0.2), (0.58, 0.17), (0.42, 0.62), (0.58, 0.66))
        put("angle", (0.12, 0.86), (0.24, 0.7), (0.36, 0.84))
        put("rectangle", (0.7, 0.3), (0.84, 0.44))
        put("probe", (0.62, 0.62))
        self._take_view("marks-angles")
        take_back()
        put("bidirectional", (0.2, 0.53), (0.3, 0.44), (0.23, 0.46), (0.29, 0.52))
        put("freehand", *OPACITY)
        self._take_view("marks-size")
        take_back()
        self._loupe()

    def _loupe(self) -> None:
        self._settle()
        view = self.view.views.active_view
        x, y = view.view_position(QPointF(view.width() * 0.66, view.height() * 0.55))
        view.loupe.hold(x, y, zoom=view.state.placement.zoom, own_window=True)
        self._take("loupe")
        view.loupe.hide()
        self._do("view.model_eye")
        self._until(lambda: view.state.film.model_view is not None, "the model's view")
        self._take("model-eye")
        self._do("view.model_eye")

    def _reading(self) -> None:
        """Crosshair, filters, badges and calibration on the active film, each undone afterwards."""
        from viewer.dialogs.millimetres import CalibrateSheet  # noqa: PLC0415 - the same

        view = self.view.views.active_view
        state = view.state
        self._do("tool.length")
        view.setFocus()
        for key in (*[Qt.Key.Key_Left] * 6, Qt.Key.Key_Return, *[Qt.Key.Key_Right] * 9):
            QTest.keyClick(view, key)
        self._take_view("crosshair")
        self.view.views.drop_tool()
        for name in ("filter-sharpened", "filter-local-contrast"):
            before = state.grey.filter.samples
            self._do("view.filter")
            self._until(lambda before=before: state.grey.filter.samples is not before, "the filter")
            self._take_view(name)
        self._do("view.filter")
        for command in ("view.invert", "view.rotate_right", "view.flip_horizontal"):
            self._do(command)
        self._do("mark.key_image")
        self._take_view("badges")
        self._do("mark.key_image")
        self._do("view.reset")
        self._draw("length", (0.3, 0.9), (0.6, 0.9))
        self._do("mark.calibrate")
        sheet = self._sheet(CalibrateSheet)
        sheet.field.setText("120")
        self._take_sheet("calibrate", sheet)
        self._take_back()

    def _films_apart(self) -> None:
        self._do("window.films_apart")
        area = self.view.film_area
        self._until(lambda: area.apart is not None and area.apart.isVisible(), "the films' window")
        if (films := area.apart) is not None:
            films.resize(1200, 900)
            self._settle()
            self._keep(films.grab(), "films-apart")
        self._do("window.films_apart")
        self._settle()

    def _states(self) -> None:
        """A presentation state: written, offered, applied; then the next study's ratio."""
        desk, view = self.desk, self.view.views.active_view
        state, films = view.state, desk.films
        target = self.home / "states" / "closer.dcm"
        target.parent.mkdir()
        self.window.resize(1600, 900)
        state.placement.zoom_by(1.6)
        self._do("view.invert")
        self.view.presentations.save(target)
        self._until(target.exists, "the presentation state")
        self._until(lambda: "closer.dcm" in self.window.status.message.text(), "the message")
        self._take("state-written")
        self._do("view.reset")
        desk.library.add([target])
        self._until(lambda: bool(state.applied.offered), "the offer")
        self._until(lambda: all(f.pixels for f in films.films), "the films")
        self._take_view("state-offered")
        self._do("presentation.next")
        self._until(lambda: state.applied.is_whole, "the state")
        self._take_view("state-shown")
        self._do("view.reset")
        self.window.resize(1920, 1080)
        self._do("file.next_study")
        self._settle()
        self._until(lambda: all(f.pixels for f in films.films), "the next study's films")
        self._do("tool.cardiothoracic")
        self._until(lambda: desk.annotations.proposed is not None, "the proposed ratio")
        self._take_view("ratio-proposed")

    def _sheets(self) -> None:
        from viewer.dialogs import (  # noqa: I001, PLC0415 - as above
            header_browser, lock, macros, millimetres, mouse, people,
        )  # fmt: skip

        kinds: dict[str, tuple[str, type[QDialog]]] = {
            "mouse": ("window.mouse", mouse.MouseSheet),
            "measure-screen": ("window.measure_screen", millimetres.MeasureScreen),
            "header": ("film.header", header_browser.HeaderBrowser),
            "macros": ("report.macros", macros.MacrosSheet),
            "users": ("file.users", people.UsersSheet),
        }
        for name, (command, kind) in kinds.items():
            self._do(command)
            self._take_sheet(name, self._sheet(kind))
        self._do("file.lock")
        self._sheet(lock.LockSheet)
        self._take("locked")

    def _names_hidden(self) -> None:
        banner = self.view.banner
        self._do("window.hide_names")
        self._until(lambda: "Anonymous" in banner.name.text(), "the code in place of the name")
        self._until(lambda: all(f.pixels for f in self.desk.films.films), "the films")
        self._take("names-hidden")
        self._do("window.hide_names")
        self._until(lambda: "Anonymous" not in banner.name.text(), "the name")
        self._until(lambda: all(f.pixels for f in self.desk.films.films), "the films again")

    def _draft(self) -> None:
        self._do("report.draft")
        self._until(lambda: self.desk.report.draft is not None, "the draft")
        self._until(lambda: self.view.report.focused_row is not None, "the first sentence")
        self._settle()

    def _large_report(self) -> None:
        """Report text at 150 % on a small screen."""
        self.window.resize(1366, 768)
        for _ in range(2):
            self._do("window.larger_report")
        self._take("report-large")
        for _ in range(2):
            self._do("window.smaller_report")

    def _without_area(self) -> None:
        asked = self.desk.occlusion
        self._draw("rectangle", (0.5, 0.5), (0.68, 0.68))
        self._do("report.without_area")
        self._until(lambda: bool(asked.summary), "the answer about the area")
        self._take("without-area")
        self.desk.annotations.remove_selected()

    def _review_and_sign(self) -> None:
        from engine.domain.report import Section  # noqa: PLC0415 - after the path is set
        from viewer.dialogs.sign import SignSheet  # noqa: PLC0415 - the same
        from viewer.state.report import SaveState  # noqa: PLC0415 - the same

        report = self.desk.report
        sentences = report.report.sentences if report.report is not None else ()
        for number, sentence in enumerate(sentences):
            if number == 1:
                report.reject(sentence.id)
            else:
                report.accept(sentence.id)
        report.add(Section.IMPRESSION, "Written by the reader, in the reader's own words.")
        self._until(lambda: self.desk.guards.is_current, "the questions")
        for alert in self.desk.guards.result.alerts:
            self.desk.guards.keep(alert, "a different place")
        self._until(lambda: report.save_state is SaveState.SAVED, "the save")
        self._take("reviewed")
        self._do("report.sign")
        sheet = self._sheet(SignSheet)
        self._take("signing")
        sheet.passphrase.setText("demo")
        QTest.keyClick(sheet.passphrase, Qt.Key.Key_Return)
        QTest.keyClick(sheet.sign, Qt.Key.Key_Return)
        self._until(lambda: report.report is not None and not report.report.is_editable, "signing")
        self._until(lambda: not sheet.isVisible(), "the closing of the sheet")
        self._take("signed")

    def _prior_documents(self) -> None:
        """The signed report as another system's: exported, scanned, and opened for reading."""
        from engine.domain.export import ExportForm  # noqa: PLC0415 - after the path is set

        desk, documents = self.desk, self.desk.prior_documents
        folder = self.home / "exported"
        folder.mkdir()
        for name, form in (("report.dcm", "dicom sr"), ("pages.dcm", "dicom pdf")):
            desk.exporting.export_as(folder / name, ExportForm(form))
            self._until((folder / name).exists, "the exported report")
        desk.library.add([folder])
        self._until(lambda: len(documents.documents) == 2, "the documents")
        for document in documents.documents:
            documents.open(document)
            self._until(
                lambda document=document: (
                    documents.reading is not None
                    and documents.reading.document == document
                    and bool(
                        documents.reading.content.lines or documents.reading.picture is not None
                    )
                ),
                "the document",
            )
            self._take("document-text" if document.verification else "document-pdf")
        documents.close_document()

    def _past_reports(self) -> None:
        history = self.desk.history
        self._do("file.past_reports")
        self._until(lambda: bool(history.rows), "the past reports")
        history.read(history.rows[0])
        self._until(lambda: history.reading is not None, "the past report")
        self.view.left.history.filter.setChecked(True)
        self._take("past-reports")
        self.view.left.history.filter.setChecked(False)
        history.close_report()

    def _report_pages(self) -> None:
        """Every page of the report side by side, rendered by poppler."""
        if shutil.which("pdftoppm") is None:
            sys.stderr.write("The report's pages need pdftoppm (poppler-utils).\n")
            return
        letter = self.home / "report.pdf"
        self.desk.exporting.pdf(letter)
        self._until(letter.exists, "the PDF")
        command = ["pdftoppm", "-r", "80", "-png", str(letter), str(self.home / "page")]
        subprocess.run(command, check=True)
        pages = [QPixmap(str(path)) for path in sorted(self.home.glob("page-*.png"))]
        width = sum(page.width() for page in pages) + GAP * (len(pages) + 1)
        sheet = QPixmap(width, max(page.height() for page in pages) + 2 * GAP)
        sheet.fill(Qt.GlobalColor.darkGray)
        painter = QPainter(sheet)
        left = GAP
        for page in pages:
            painter.drawPixmap(left, GAP, page)
            left += page.width() + GAP
        painter.end()
        self._keep(sheet, "report-pages")

    def _figures(self) -> None:
        from viewer.dialogs.own_figures import OwnFigures  # noqa: PLC0415 - as above

        self._do("file.figures")
        sheet = self._sheet(OwnFigures)
        self._take("figures")
        self._dismiss(sheet)

    def _keys(self) -> None:
        from viewer.dialogs.shortcut_sheet import ShortcutSheet  # noqa: PLC0415 - as above

        self._do("help.shortcuts")
        self._take_sheet("keys", self._sheet(ShortcutSheet))
        from viewer.dialogs.edit_keys import EditKeys  # noqa: PLC0415 - as above

        self._do("help.edit_keys")
        editor = self._sheet(EditKeys)
        editor.choose("layout.prior")
        self._take("edit-keys")
        self._dismiss(editor)

    def _do(self, command_id: str) -> None:
        self.window.registry.action(command_id).trigger()

    def _sheet(self, kind: type[S]) -> S:
        """Wait for an open dialog of that class and return it."""
        self._until(lambda: isinstance(self.app.activeModalWidget(), kind), kind.__name__)
        sheet: QWidget | None = self.app.activeModalWidget()
        assert isinstance(sheet, kind)  # noqa: S101 - waited for above
        return sheet

    def _dismiss(self, sheet: QDialog) -> None:
        sheet.reject()
        self._until(lambda: not sheet.isVisible(), "the closing of a sheet")

    def _take(self, name: str) -> None:
        """The window, with an open dialog centred over it as on a desktop."""
        self._settle()
        if str(self.home) in self.window.status.message.text():
            self.window.status.clear()
        picture: QPixmap = self.window.grab()
        dialog = self.app.activeModalWidget()
        if dialog is not None:
            painter = QPainter(picture)
            corner = self.window.rect().center() - dialog.rect().center()
            painter.drawPixmap(QPoint(corner), dialog.grab())
            painter.end()
        self._keep(picture, name)

    def _take_view(self, name: str) -> None:
        """The active viewport."""
        self._settle()
        self._keep(self.view.views.active_view.grab(), name)

    def _take_films(self, name: str) -> None:
        """All films in view."""
        self._settle()
        self._keep(self.view.views.grab(), name)

    def _take_sheet(self, name: str, sheet: QDialog) -> None:
        """A dialog by itself; it is closed afterwards."""
        self._settle()
        self._keep(sheet.grab(), name)
        self._dismiss(sheet)

    def _keep(self, picture: QPixmap, name: str) -> None:
        path = self.out / f"{name}.webp"
        if not picture.save(str(path), quality=QUALITY):
            raise SystemExit(f"{path} cannot be written.")
        sys.stdout.write(f"{path}\n")

    def _settle(self) -> None:
        end = time.monotonic() + SETTLE_S
        while time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.01)

    def _until(self, is_true: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_true():
            if time.monotonic() > end:
                raise SystemExit(f"{what} did not come within {PATIENCE_S:.0f} s.")
            self.app.processEvents()
            time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
