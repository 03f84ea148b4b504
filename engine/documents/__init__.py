"""Reports as documents: letter, PDF, plain text, JSON, FHIR, MRRT and DICOM objects; orders in."""
