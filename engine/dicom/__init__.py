"""Finds, reads and decodes DICOM files; runs only inside the decode worker."""
