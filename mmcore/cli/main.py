"""The command ``mmcore``."""

import sys
from io import TextIOWrapper
from itertools import pairwise

from mmcore.errors import MmcoreError
from mmcore.storage.disk import disk_error
from mmcore.terminal.escaping import shown
from mmcore.terminal.signals import Interrupted, interruptible

__all__ = ["run"]


def run() -> None:
    """Run the command line; an error of the user, or a signal, is one message and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may lack a character
    try:
        with interruptible():
            # Inside, because this import takes most of the time of a short command.
            from mmcore.cli.app import app

            _check_arguments(sys.argv[1:])
            app()
    except MmcoreError as error:
        _end(f"error: {shown(error)}", error.exit_code)
    except OSError as error:
        sentence = disk_error(error)
        if sentence is None:
            raise
        _end(f"error: {shown(sentence)}", 2)
    except Interrupted as end:
        _end("\n".join(map(shown, str(end).split("\n"))), end.exit_code)


def _check_arguments(arguments: list[str]) -> None:
    """Refuse an empty argument, which as a path would be the current folder."""
    for before, argument in pairwise(["mmcore", *arguments]):
        option, equals, value = argument.partition("=")
        if not argument or (option.startswith("--") and equals and not value):
            name = option or before
            raise MmcoreError(
                f"the argument of '{name}' is empty; write its value, or leave it out"
            )


def _end(message: str, code: int) -> None:
    print(message, file=sys.stderr)
    sys.exit(code)
