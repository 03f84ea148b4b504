"""The docked parts of the main window."""
