"""promoter: raises a canary's traffic weight in Git, step by step, on proven health."""

__version__ = "0.1.0"
