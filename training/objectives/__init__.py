"""Losses: captioning, labels and the RadCARE tasks."""
