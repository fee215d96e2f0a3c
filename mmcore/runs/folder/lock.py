"""The lock of a run folder: one process at a time changes it."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from mmcore.config.base import Frozen
from mmcore.errors import MmcoreError
from mmcore.runs.folder.links import check_links
from mmcore.storage.schemas import read_document, write_document

__all__ = ["LOCK", "Owner", "is_locked", "locked", "owner"]

LOCK, OWNER = ".lock", ".owner.json"


class Owner(Frozen):
    """The process that has the lock of a folder."""

    pid: int
    host: str
    since: str

    @classmethod
    def this(cls) -> "Owner":
        """Return this process."""
        now = datetime.now().astimezone().isoformat(" ", "seconds")
        return cls(pid=os.getpid(), host=platform.node(), since=now)

    def __str__(self) -> str:
        return f"process {self.pid} on '{self.host}' since {self.since}"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which exists.

    The system releases the lock when a process ends in any way. Over NFS this needs a server with locks; on
    a file system without locks, the lock is a file, and that of a process that has died on another host must
    be removed by hand. Of several processes of one training, the first one has the lock.

    Raises:
        MmcoreError: another process has the lock, the folder cannot be written, or a link leaves it.
    """
    check_links(folder)
    if int(os.environ.get("RANK", "0")) > 0:
        yield
        return
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise MmcoreError(_in_use(folder)) from None
    except OSError as error:
        raise MmcoreError(
            f"'{folder}' cannot be written ({error.strerror}); choose another folder, or change its owner"
        ) from error
    try:
        write_document(folder / OWNER, Owner.this())
        yield
    finally:
        (folder / OWNER).unlink(missing_ok=True)
        lock.release()


def is_locked(folder: Path) -> bool:
    """Return whether a process has the lock of a folder, of others as well, which cannot be written."""
    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True
    except PermissionError:
        return owner(folder) is not None


def owner(folder: Path) -> Owner | None:
    """Return the process that has the lock, or that died with it; None where it is not known."""
    try:
        return read_document(folder / OWNER, Owner)
    except MmcoreError:
        return None


def _in_use(folder: Path) -> str:
    who = owner(folder)
    clause = ""
    if who is not None and who.host != platform.node():
        clause = f"; if that process no longer exists, remove '{folder / LOCK}'"
    return (
        f"'{folder}' is used by {who or 'another process'}; wait until it has ended, or choose another"
        f" folder{clause}"
    )
