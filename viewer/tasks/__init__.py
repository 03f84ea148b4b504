"""Where threads start; results come back on the main thread."""
