"""Properties of compressed pixel data: its kind, its frames and whether it is complete."""
