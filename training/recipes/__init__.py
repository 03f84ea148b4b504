"""One recipe per file: setup, fit, validate, save."""
