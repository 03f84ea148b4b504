"""The watched folders' logic over a made-up listing and clock."""

from __future__ import annotations

from pathlib import Path

from engine.domain.incoming import FileStamp, FolderListing
from engine.domain.study import SkippedFile, StudyUid
from engine.services.inbox import Inbox, absolute, listing_of

SHARE = Path("/share")
FILM = SHARE / "a" / "film.dcm"
OTHER = SHARE / "other.dcm"
UID = StudyUid("1.2.3")


class Folder:
    """A folder whose files a test sets, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.files: dict[Path, FileStamp] | None = {}
        self.unread: tuple[Path, ...] = ()

    def inbox(self, known=(), *, is_patient=True) -> Inbox:
        return Inbox(
            (SHARE,),
            dict(known),
            listing=lambda _folder: (
                None
                if self.files is None
                else FolderListing(files=dict(self.files), unread=self.unread)
            ),
            clock=lambda: self.now,
            is_patient=is_patient,
        )

    def look(self, inbox: Inbox) -> tuple[Path, ...]:
        self.now += 2.0
        return inbox.look()


def stamp(size: int) -> FileStamp:
    return FileStamp(size=size, changed_ns=7)


def refused(path: Path, reason: str = "It is cut short.") -> SkippedFile:
    return SkippedFile(name=str(path), reason=reason, path=path, may_be_film=True)


def test_a_file_is_due_once_two_looks_found_it_the_same() -> None:
    folder = Folder()
    inbox = folder.inbox()
    for size in (1, 2, 3):
        folder.files = {FILM: stamp(size)}
        folder.look(inbox)
        assert inbox.due == ()
        assert inbox.is_unsettled
    folder.look(inbox)
    assert inbox.due == (FILM,)
    assert not inbox.is_unsettled


def test_a_file_with_another_time_is_another_file() -> None:
    folder = Folder()
    inbox = folder.inbox()
    folder.files = {FILM: FileStamp(size=1, changed_ns=1)}
    folder.look(inbox)
    folder.files = {FILM: FileStamp(size=1, changed_ns=2)}
    folder.look(inbox)
    assert inbox.due == ()


def test_what_was_taken_is_due_again_only_when_it_changes() -> None:
    folder = Folder()
    folder.files = {FILM: stamp(1)}
    inbox = folder.inbox({FILM: stamp(1)})
    folder.look(inbox)
    folder.look(inbox)
    assert inbox.due == ()
    folder.files = {FILM: stamp(2)}
    folder.look(inbox)
    folder.look(inbox)
    assert inbox.take(inbox.due) == {FILM: stamp(2)}
    folder.look(inbox)
    assert inbox.due == ()


def test_a_file_that_is_not_whole_waits_longer_each_time_until_it_changes() -> None:
    folder = Folder()
    folder.files = {FILM: stamp(1)}
    inbox = folder.inbox()
    folder.look(inbox)
    folder.look(inbox)
    waits = []
    for _ in range(3):
        inbox.refuse(FILM, refused(FILM))
        since = folder.now
        while not inbox.due:
            folder.look(inbox)
        waits.append(folder.now - since)
    assert waits == [60.0, 120.0, 240.0]
    inbox.refuse(FILM, refused(FILM))
    folder.files = {FILM: stamp(2)}
    folder.look(inbox)
    folder.look(inbox)
    assert inbox.due == (FILM,)


def test_a_file_counts_as_left_out_once_it_stands_still_for_a_minute() -> None:
    folder = Folder()
    folder.files = {FILM: stamp(1)}
    inbox = folder.inbox()
    folder.look(inbox)
    folder.look(inbox)
    inbox.refuse(FILM, refused(FILM))
    assert inbox.left_out == ()
    folder.now += 60.0
    assert [item.path for item in inbox.left_out] == [FILM]
    folder.files = {FILM: stamp(2)}
    folder.look(inbox)
    assert inbox.left_out == ()


def test_without_patience_it_is_left_out_at_once() -> None:
    folder = Folder()
    folder.files = {FILM: stamp(1)}
    inbox = folder.inbox(is_patient=False)
    folder.look(inbox)
    folder.look(inbox)
    inbox.refuse(FILM, refused(FILM))
    assert [item.path for item in inbox.left_out] == [FILM]


def test_a_folder_that_is_away_keeps_what_was_taken() -> None:
    folder = Folder()
    folder.files = {FILM: stamp(1)}
    inbox = folder.inbox({FILM: stamp(1)})
    folder.look(inbox)
    folder.files = None
    assert folder.look(inbox) == ()
    assert inbox.away == (SHARE,)
    # What a share leaves behind that is not connected is an empty folder.
    folder.files = {}
    assert folder.look(inbox) == ()
    folder.files = {FILM: stamp(1)}
    folder.look(inbox)
    folder.look(inbox)
    assert inbox.away == ()
    assert inbox.due == ()


def test_a_file_that_is_gone_is_forgotten_but_not_one_whose_folder_cannot_be_read() -> None:
    folder = Folder()
    folder.files = {OTHER: stamp(1)}
    inbox = folder.inbox({FILM: stamp(1), OTHER: stamp(1)})
    folder.unread = (FILM.parent,)
    assert folder.look(inbox) == ()
    folder.unread = ()
    assert folder.look(inbox) == (FILM,)
    assert folder.look(inbox) == ()


def test_a_study_is_ready_when_no_film_of_it_came_for_a_while() -> None:
    folder = Folder()
    inbox = folder.inbox()
    inbox.note_arrival([UID])
    folder.now = 9.0
    assert inbox.ready([UID]) == []
    inbox.note_arrival([UID])
    folder.now = 18.0
    assert inbox.ready([UID]) == []
    folder.now = 19.0
    assert inbox.ready([UID]) == [UID]


def test_a_study_that_was_put_off_is_tried_again_later_or_when_a_folder_comes_back() -> None:
    folder = Folder()
    inbox = folder.inbox()
    inbox.put_off(UID, "Its folder is away.")
    assert inbox.ready([UID]) == []
    assert inbox.reasons == ((UID, "Its folder is away."),)
    folder.now = 60.0
    assert inbox.ready([UID]) == [UID]
    inbox.put_off(UID, "Its folder is away.")
    folder.now = 120.0
    assert inbox.ready([UID]) == []
    folder.files = None
    folder.look(inbox)
    folder.files = {}
    folder.look(inbox)
    assert inbox.ready([UID]) == [UID]
    assert inbox.reasons == ()


def test_names_of_unfinished_files_links_and_indexes_are_passed_over(tmp_path: Path) -> None:
    names = ("film.dcm", "IM0001", "x.dcm.part", "y.TMP", ".z.dcm", "~$a", "Thumbs.db", "DICOMDIR")
    (tmp_path / "below").mkdir()
    for name in names:
        (tmp_path / "below" / name).write_bytes(b"film")
    (tmp_path / "link").symlink_to(tmp_path / "below" / "film.dcm")
    found = listing_of(tmp_path)
    assert found is not None
    assert {path.name for path in found.files} == {"film.dcm", "IM0001"}
    assert listing_of(tmp_path / "nowhere") is None


def test_a_folder_inside_another_one_is_watched_once(tmp_path: Path) -> None:
    assert absolute([tmp_path / "a", tmp_path, str(tmp_path)]) == (tmp_path,)


def test_a_share_that_is_slow_to_list_is_looked_at_less_often() -> None:
    folder = Folder()
    inbox = folder.inbox()
    folder.look(inbox)
    assert inbox.pause_s == 2.0

    def slow(_folder: Path) -> FolderListing:
        folder.now += 3.0
        return FolderListing(files={})

    inbox._listing = slow
    folder.look(inbox)
    assert inbox.pause_s == 60.0
