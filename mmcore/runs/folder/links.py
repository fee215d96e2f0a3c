"""Links in the folder of a run, through which a command would write elsewhere."""

from pathlib import Path

from mmcore.errors import MmcoreError

__all__ = ["check_links"]


def check_links(folder: Path) -> None:
    """Check that no file or folder in ``folder`` is a link to a place outside of it.

    The folder itself may be a link, and need not exist.

    Raises:
        MmcoreError: an entry leads elsewhere.
    """
    inside = folder.resolve()
    for entry in inside.rglob("*"):
        if entry.is_symlink() and not _target(entry).is_relative_to(inside):
            raise MmcoreError(
                f"'{folder / entry.relative_to(inside)}' is a link to '{_target(entry)}', expected the run's"
                " own file; replace the link with a copy, or move the whole folder and link that"
            )


def _target(link: Path) -> Path:
    try:
        return link.resolve()
    except (OSError, RuntimeError):  # a link to itself
        return link.parent / link.readlink()
