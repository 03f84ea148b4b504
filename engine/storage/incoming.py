"""What came by watched folders: files that were taken, and studies that still want a draft."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from engine.domain.incoming import FileStamp
from engine.domain.study import StudyUid
from engine.storage.schema import Base, InboxFileRow, IncomingStudyRow, ReportRow, StudyRow


class Incoming:
    """The watched folders' rows, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def stamps(self, folder: Path) -> dict[Path, FileStamp]:
        """Files in a folder and below it that need not be read again, as they were when read."""
        start = os.fsencode(folder).rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep)
        rows = self._session.execute(
            select(InboxFileRow.path, InboxFileRow.size, InboxFileRow.changed_ns).where(
                func.substr(InboxFileRow.path, 1, len(start)) == start
            )
        )
        return {
            Path(os.fsdecode(path)): FileStamp(size=size, changed_ns=changed)
            for path, size, changed in rows
        }

    def keep_stamps(self, stamps: Mapping[Path, FileStamp]) -> None:
        """Remember files that need not be read again while they stay as they are."""
        if not stamps:
            return
        statement = insert(Base.metadata.tables["inbox_files"])
        excluded = statement.excluded
        self._session.connection().execute(
            statement.on_conflict_do_update(
                index_elements=["path"],
                set_={"size": excluded.size, "changed_ns": excluded.changed_ns},
            ),
            [
                {"path": os.fsencode(path), "size": stamp.size, "changed_ns": stamp.changed_ns}
                for path, stamp in stamps.items()
            ],
        )

    def forget_stamps(self, paths: Iterable[Path]) -> None:
        """Forget files that are gone from their folder."""
        for path in paths:
            self._session.execute(
                delete(InboxFileRow).where(InboxFileRow.path == os.fsencode(path))
            )

    def expect(self, uids: Iterable[StudyUid], since: str) -> None:
        """Remember that studies want a draft; one that was refused is tried with its new films."""
        times = IncomingStudyRow.times + 1
        for uid in uids:
            self._session.execute(
                insert(IncomingStudyRow)
                .values(study_uid=uid, since=since, times=1, refusal="")
                .on_conflict_do_update(
                    index_elements=["study_uid"], set_={"times": times, "refusal": ""}
                )
            )

    def times(self, uid: StudyUid) -> int:
        """How often films of a study came since it wants a draft; 0 if it wants none."""
        row = self._session.get(IncomingStudyRow, uid)
        return 0 if row is None else row.times

    def waiting(self) -> tuple[StudyUid, ...]:
        """Listed studies that want a draft, in the order in which they came.

        None that has a report: somebody reads it already, and asks for a draft if one is wanted.
        """
        reports = exists().where(ReportRow.study_uid == IncomingStudyRow.study_uid)
        rows = self._session.scalars(
            select(IncomingStudyRow.study_uid)
            .join(StudyRow, StudyRow.uid == IncomingStudyRow.study_uid)
            .where(IncomingStudyRow.refusal == "", ~reports, ~StudyRow.is_off_list)
            .order_by(IncomingStudyRow.since, IncomingStudyRow.study_uid)
        )
        return tuple(map(StudyUid, rows))

    def refuse(self, uid: StudyUid, times: int, reason: str) -> None:
        """Remember why a study is not drafted, unless more films came than `times` tells."""
        row = self._session.get(IncomingStudyRow, uid)
        if row is not None and row.times == times:
            row.refusal = reason

    def settle(self, uid: StudyUid, times: int) -> None:
        """The study has a draft, or needs none, unless more films came than `times` tells."""
        self._session.execute(
            delete(IncomingStudyRow).where(
                IncomingStudyRow.study_uid == uid, IncomingStudyRow.times == times
            )
        )
