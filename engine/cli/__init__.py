"""The command line: the product without its window, for scripts and tests."""
