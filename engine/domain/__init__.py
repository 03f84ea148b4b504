"""Values and their rules. Imports nothing of ours but the error tree."""
