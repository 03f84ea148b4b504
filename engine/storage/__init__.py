"""The encrypted database. Only this package knows SQL."""
