"""The limits of a service."""

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes that a request cannot exceed.

    Arguments:
        records: the most records of a request, given or generated.
        megabytes: the largest body of a request, in units of 2^20 bytes.
        waiting: the most requests that wait or are carried out at a time.
        samples: the most draws of a record.
    """

    records: int = 1000
    megabytes: int = 16
    waiting: int = 100
    samples: int = 1000
