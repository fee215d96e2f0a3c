"""Names of modalities, which become parts of the names of files, parameters, options and subsets."""

import re
from typing import Annotated

from pydantic import AfterValidator

from mmcore.config.words import Word

__all__ = ["LONGEST", "KeyName", "ModalityName", "valid_name"]

LONGEST = 50
"""Characters: a name of a file has at most 255 bytes, and a character has up to 4."""
FORBIDDEN = r""".+,=:/\<>"|?*"""
"""They separate an option, a subset, a list, a distribution or a folder, or no file may have them."""
RESERVED = ("labels", "prior")
"""Keys beside modalities: in ``split.test`` and in the weights of the experts."""

ANSWERED = re.compile(
    r"split|given|cluster|draw|log_p|standard_error|effective_samples|percentile|(mean|sd)_\d+|(log_p|nats|agreement)\..*"
)
"""Columns that impute, embed and score write beside the id column."""


def valid_name(text: str) -> str:
    """Return the valid name of a modality that is nearest to ``text``.

    Example:
        >>> valid_name("a.b/c")
        'a-b-c'
    """
    allowed = (
        character if character.isprintable() and character not in FORBIDDEN else "-"
        for character in text
    )
    name = re.sub("-{2,}", "-", "".join(allowed)) if _problem(text) else text
    name = name.lstrip("( ")[:LONGEST].strip()
    return f"{name or 'modality'}-1" if name in ("", *RESERVED) else name


def _problem(name: str) -> str:
    """Return what is wrong with a name, or nothing."""
    wrong = [c for c in name if not c.isprintable() or c in FORBIDDEN]
    if wrong:
        return f"contains {wrong[0]!r}"
    if name in RESERVED:
        return "is reserved"
    if name != name.strip() or name.startswith("("):
        return "starts or ends with a space, or starts with '('"
    if not 0 < len(name) <= LONGEST:
        return f"has {len(name)} characters"
    return ""


def _checked(name: str) -> str:
    problem = _problem(name)
    if problem:
        raise ValueError(
            f"the name of a modality {problem}, expected 1 to {LONGEST} letters, digits, spaces, '-' or"
            f" '_', such as '{valid_name(name)}'"
        )
    return name


ModalityName = Annotated[Word, AfterValidator(_checked)]
"""The name of a modality."""


def _checked_key(name: str) -> str:
    if ANSWERED.fullmatch(name):
        raise ValueError(
            f"'{name}' is a column that impute, embed and score write, expected another name for the"
            f" id; write id: key in the study file and id: {name} below each modality and the labels, or"
            " rename the column"
        )
    return name


KeyName = Annotated[Word, AfterValidator(_checked_key)]
"""The name of the id column of a study, which no other column of a table of predictions has."""
