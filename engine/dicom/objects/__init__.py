"""DICOM objects that leave the house: reports as encapsulated PDF and as structured report."""
