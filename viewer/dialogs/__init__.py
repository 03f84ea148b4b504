"""Dialogs, and the classes that bind commands to them."""
