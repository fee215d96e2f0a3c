"""The command ``mmcore``."""

import sys

from mmcore.errors import MmcoreError
from mmcore.escaping import shown
from mmcore.signals import Interrupted, interruptible

__all__ = ["run"]


def run() -> None:
    """Run the command line; an error of the user, or a signal, is one message and an exit code."""
    try:
        with interruptible():
            # Inside, because this import takes most of the time of a short command.
            from mmcore.cli.app import app

            app()
    except MmcoreError as error:
        _end(f"error: {shown(error)}", 2)
    except Interrupted as end:
        _end("\n".join(map(shown, str(end).split("\n"))), end.exit_code)


def _end(message: str, code: int) -> None:
    print(message, file=sys.stderr)
    sys.exit(code)
