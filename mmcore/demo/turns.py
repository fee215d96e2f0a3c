"""Several visitors, one model: answers are computed one after another."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

__all__ = ["Busy", "Turns"]

MOST_WAITING = 32


class Busy(Exception):
    """Too many visitors wait for an answer."""


@final
class Turns:
    """A queue of a fixed length in front of a model.

    Arguments:
        most: number of answers that are computed or waited for at a time.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._model, self._places = threading.Lock(), threading.BoundedSemaphore(most)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until no other thread is in the block.

        Raises:
            Busy: the queue is full.
        """
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            with self._model:
                yield
        finally:
            self._places.release()
