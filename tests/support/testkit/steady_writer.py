"""A process that keeps and saves a report without pause: `python -m testkit.steady_writer ROOT N`.

Each acknowledged change is written to the file `acknowledged` beside the workspace.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from testkit.workspaces import any_report, open_store, typed


def main(root: Path, number: int) -> None:
    """Write `number` changes; every third is saved as a revision."""
    journal = root.parent / "acknowledged"
    descriptor = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    report = any_report("1.2.3", "Words 0.")
    with open_store(root) as store:
        for count in range(1, number + 1):
            report = typed(report, f"Words {count}. " + "More of them. " * (count * 37 % 400))
            with store.change() as unit:
                if count % 3:
                    unit.reports.keep(report, store.now_text())
                else:
                    report = unit.reports.append(report, store.now_text())
            os.write(descriptor, f"{report.id} {count}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
