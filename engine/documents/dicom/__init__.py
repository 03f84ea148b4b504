"""DICOM objects for export: reports as encapsulated PDF and SR, films' presentation states."""
