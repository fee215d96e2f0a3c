"""Clinical free text."""
