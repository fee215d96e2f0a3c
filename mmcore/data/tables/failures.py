"""One error for all files of a modality that cannot be read."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from mmcore.errors import MmcoreError

__all__ = ["read_each"]

SHOWN = 3

Item = TypeVar("Item")
Value = TypeVar("Value")


def read_each(items: Iterable[Item], read: Callable[[Item], Value]) -> Iterator[Value]:
    """Yield what ``read`` returns of each item, and after the last one raise one error for all failures.

    So one run names all damaged files, and each file is read once. An item that fails yields nothing.

    Arguments:
        items: files, whose texts are their names.
        read: raises `MmcoreError` for an item that cannot be read.

    Raises:
        MmcoreError: the one error of ``read``; of several, their number, three names, and the first error.

    Example:
        >>> list(read_each(["1", "2"], int))
        [1, 2]
    """
    total, count, failed = 0, 0, dict[str, MmcoreError]()
    for item in items:
        total += 1
        try:
            value = read(item)
        except MmcoreError as error:
            count += 1
            if len(failed) < SHOWN:
                failed.setdefault(str(item), error)
        else:
            yield value
    if not count:
        return
    first = next(iter(failed.values()))
    if count == 1:
        raise first
    names = ", ".join(f"'{name}'" for name in failed)
    raise MmcoreError(
        f"{count} of {total} files cannot be read, such as {names}; the first error: {first}"
    ) from first
