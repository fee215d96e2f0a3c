"""Benchmarks: the command ``python -m benchmarks``, and single scripts."""
