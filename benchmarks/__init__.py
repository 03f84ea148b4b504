"""Medians and ratios of what a reader waits for. `make bench` runs them all."""
