"""Where files are on this machine: the user's data, the logs and the bundled resources.

`NEGATOSCOPE_HOME` moves everything that is written into one folder: for tests and for a portable
installation. The computer's settings stay where only its administrator can write, so that no user
can bypass them with a variable. Nothing here creates a folder; the code that writes does.
"""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from pathlib import Path

from platformdirs import user_data_path, user_log_path

APP_NAME = "Negatoscope"
HOME_VARIABLE = "NEGATOSCOPE_HOME"
# Not from the environment variable of that name, which a user could set.
_PROGRAM_DATA = Path("C:/ProgramData")


def data_dir() -> Path:
    """Folder of everything the product writes for this user."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) if home else user_data_path(APP_NAME, appauthor=False)


def logs_dir() -> Path:
    """Folder of the rotating logs."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / "logs" if home else user_log_path(APP_NAME, appauthor=False)


def settings_file() -> Path:
    """This user's settings file."""
    return data_dir() / "settings.json"


def machine_settings_file() -> Path:
    """The settings of this computer, which only its administrator can write."""
    if sys.platform == "win32":
        return _PROGRAM_DATA / APP_NAME / "settings.json"
    if sys.platform == "darwin":
        return Path("/Library/Application Support") / APP_NAME / "settings.json"
    return Path("/etc/negatoscope/settings.json")


def update_key_folders() -> tuple[Path, ...]:
    """Where keys lie that updates must be signed with: the program's, and this computer's."""
    return resources() / "update-keys", machine_settings_file().parent / "update-keys"


def default_workspace() -> Path:
    """Folder of the workspace that is opened when none is named."""
    return data_dir() / "workspace"


def demo_workspace() -> Path:
    """Folder of the demo workspace."""
    return data_dir() / "demo-workspace"


def resources() -> Path:
    """Folder of the bundled resources: in a checkout, a wheel or a frozen app."""
    return Path(str(files("resources")))


def model_bundle() -> Path:
    """Folder of the bundled model."""
    return resources() / "model"


def outline_model() -> Path:
    """Folder of the bundled outline model."""
    return resources() / "outline"


def demo_studies() -> Path:
    """Folder of the bundled demo studies."""
    return resources() / "demo"
