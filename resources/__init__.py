"""Data that ships: model bundle, demo studies, fonts, icons, templates, lexicon. No code."""
