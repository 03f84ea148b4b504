"""One record a command: menu, toolbar, shortcut and shortcut sheet come from it."""
