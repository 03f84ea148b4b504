"""Finding, reading and decoding DICOM; runs only inside the decode worker."""
