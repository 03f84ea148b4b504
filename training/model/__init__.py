"""CMCRL, readable from the top down, with shapes in the docstrings."""
