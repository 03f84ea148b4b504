"""Run the viewer with `python -m viewer`."""

import sys

from viewer.main import main

sys.exit(main())
