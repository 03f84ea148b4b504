"""All tests: how generated cases run."""

from hypothesis import settings

# No test asserts a time, and a busy machine is no fault of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
