"""One file a step. A step is never changed after its release and knows nothing of today's code."""
