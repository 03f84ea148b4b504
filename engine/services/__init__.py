"""The product's use cases: viewer and command line act on a workspace through these alone."""
