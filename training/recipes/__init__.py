"""One recipe a file: setup, fit, validate, save."""
