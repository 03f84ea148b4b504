"""`python -m engine` is the `negatoscope` command."""

from __future__ import annotations

from engine.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
