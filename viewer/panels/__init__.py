"""The panels of the main window, and classes that bind commands to them."""
