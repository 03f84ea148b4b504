"""Small reusable controls that know nothing of studies or reports."""
