"""One record per command: menu, tool bar, shortcut and shortcut sheet are made from it."""
