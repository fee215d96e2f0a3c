"""The message for data that has changed."""

__all__ = ["ACCEPT", "data_change"]

ACCEPT = "changed data is accepted"


def data_change(change: str, since: str) -> str:
    """Return the message for data that has changed since a moment of the run."""
    return f"the data has changed since {since}: {change}; restore it, or continue with --accept-changed-data"
