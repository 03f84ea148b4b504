"""One mouse interaction a file, all of one protocol."""
