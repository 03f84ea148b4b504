"""All tests: how generated cases run, and what locks cost."""

from hypothesis import settings
from testkit.cheap_locks import use_cheap_locks

# No test asserts a time, and a busy machine is no fault of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
use_cheap_locks()
