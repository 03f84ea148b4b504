"""Everything Negatoscope knows about films, models, reports and storage; no Qt, no PyTorch."""
