"""The few modal sheets: identity, signing, first start, about."""
