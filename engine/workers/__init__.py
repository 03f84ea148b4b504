"""Child processes that parse, decode and infer, with limits and restart."""
