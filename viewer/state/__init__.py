"""Mutable interface state as QObjects with typed signals; no widgets."""
