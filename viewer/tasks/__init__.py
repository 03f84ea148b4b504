"""Threads: calls go out, results come back on the main thread."""
