"""Shared parts of the tests: synthetic DICOM files and a worker that misbehaves on request."""
