"""Generated values: coherence, quality and diversity."""
