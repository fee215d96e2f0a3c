"""Text of pages and docstrings that Sphinx reads in another way than other readers."""

import re
from pathlib import Path

from sphinx.application import Sphinx

LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)#]+)(?:#[^)]*)?\)")
STAR = re.compile(r"(?<![*\w\\`])\*(?=\w)")


def name_files(app: Sphinx, page: str, source: list[str]) -> None:
    """Name the files of the repository that are no pages, in place of a link that leaves the site."""
    top = Path(app.srcdir).resolve()
    here = (top / page).parent

    def named(match: re.Match[str]) -> str:
        target = (here / match[2]).resolve()
        if target.is_relative_to(top):
            return match[0]
        return f"{match[1]} (`{target.relative_to(top.parent).as_posix()}`)"

    source[0] = LINK.sub(named, source[0])


def escape_stars(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Escape the star of shapes such as (B, *E), which is no emphasis."""
    lines[:] = [STAR.sub(r"\\*", line) for line in lines]
