"""Errors of the disk, as sentences."""

import errno

from mmcore.errors import MmcoreError

__all__ = ["disk_error"]

REMEDIES = {
    errno.EACCES: "change the permissions, or name another place",
    errno.EDQUOT: "free space, or name a place on another disk",
    errno.EEXIST: "remove it, or name another place",
    errno.EFBIG: "raise the limit on the size of a file, see ulimit -f",
    errno.EIO: "check the disk",
    errno.EISDIR: "name a file",
    errno.ELOOP: "name a place that is not a link to itself",
    errno.EMFILE: "raise the limit on the number of open files, see ulimit -n",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ENOENT: "check the spelling, and whether the folder exists",
    errno.ENOSPC: "free space, or name a place on another disk",
    errno.ENOTDIR: "name a place whose parts are folders",
    errno.EPERM: "change the permissions, or name another place",
    errno.EROFS: "name a place that can be written",
    errno.ESTALE: "check the network disk",
}
"""By code of the system; other errors of the system are no errors of the user."""


def disk_error(error: OSError) -> MmcoreError | None:
    """Return the sentence for an error of the disk, or None for another error of the system.

    Example:
        >>> from mmcore.storage.disk import disk_error
        >>> print(disk_error(OSError(28, "No space left on device", "runs/a")))
        'runs/a': no space left on device; free space, or name a place on another disk
    """
    remedy = REMEDIES.get(error.errno or 0)
    if remedy is None:
        return None
    place = "a file" if error.filename is None else f"'{error.filename}'"
    reason = error.strerror or "the disk failed"
    return MmcoreError(f"{place}: {reason[:1].lower()}{reason[1:]}; {remedy}")
