"""CMCRL, readable from the top down, shapes beside each line."""
