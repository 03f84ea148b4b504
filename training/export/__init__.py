"""ONNX graphs, parity with PyTorch, and the bundle."""
