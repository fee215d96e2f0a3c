"""Evaluation of finished runs, and reproduction of published experiments."""
