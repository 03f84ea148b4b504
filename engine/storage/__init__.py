"""The encrypted database: the only package that knows SQL."""
