"""Pixel arithmetic shared by display, model input and training."""
