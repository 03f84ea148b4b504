"""The training tests: one thread each, for what they compute is too small to share."""

import torch

torch.set_num_threads(1)
