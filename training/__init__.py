"""Reproduces both CMCRL stages on real data and exports the bundle that the viewer runs."""
