"""Shared parts of the tests: synthetic films and reports, tiny models, windows, faulty workers."""
