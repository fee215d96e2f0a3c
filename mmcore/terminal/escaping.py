r"""Text of users, files and libraries as one visible line, for terminals, figures, shells and files.

A name, an id, a label, a path or the message of an exception may contain escape sequences of a terminal,
overrides of the writing direction, line ends, or formulas of matplotlib.
"""

import shlex

__all__ = ["command", "drawn", "shown"]

JOINERS = "\u200c\u200d"
"""Invisible characters that belong to the spelling of words, as in Persian and Hindi, and to emoji."""
BLANKS = "\u00a0\u202f\u3000"
"""Spaces that `str.isprintable` does not accept."""


def shown(text: object) -> str:
    r"""Return ``text`` as one line, in which each control or invisible character is an escape.

    Example:
        >>> print(shown("a\x1b[31m\nb"))
        a\x1b[31m\nb
    """
    line = str(text)
    return line if line.isprintable() else "".join(map(_visible, line))


def drawn(text: object) -> str:
    r"""Return ``text`` for matplotlib, where a dollar sign begins no formula.

    Example:
        >>> print(drawn("$x$"))
        \$x\$
    """
    return shown(text).replace("$", r"\$")


def command(*words: object) -> str:
    """Return a line for a shell, in which each word is one argument.

    Example:
        >>> print(command("mmcore", "evaluate", "my run"))
        mmcore evaluate 'my run'
    """
    return shown(shlex.join(map(str, words)))


def _visible(character: str) -> str:
    if character.isprintable() or character in JOINERS + BLANKS:
        return character
    return character.encode("unicode_escape").decode("ascii")
