"""Small reusable controls without knowledge of studies or reports."""
