"""Predictions, metrics, baselines and their table."""
