"""Values and their rules; imports nothing of ours but the error tree."""
