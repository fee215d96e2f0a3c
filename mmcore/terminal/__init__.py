"""Output on a terminal, escaped text, and signals."""
