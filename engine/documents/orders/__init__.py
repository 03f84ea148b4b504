"""Imaging orders of other systems as HL7 v2 messages and FHIR resources."""
