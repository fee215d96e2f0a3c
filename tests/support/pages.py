"""The commands that README and docs print: where they are, and why some are not run."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PAGES", "ROOT", "Command", "commands", "mmcore_arguments"]

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if "generated" not in page.parts]

BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+?) -->\s*\n)?"
    r"(?:^```(?:bash|console)\n(?P<fenced>.*?)^```|(?P<indented>(?:^    [^\s][^\n]*\n|^     [^\n]*\n)+))",
    re.DOTALL | re.MULTILINE,
)
WHOLE_PAGE = re.compile(r"<!-- no command of this page is run: ([^\n]+?) -->")
PROGRAM = re.compile(
    r"^(?:[A-Z_]+=\S+ )*(uv (run|pip|build|sync|venv)|mmcore [a-z-]|pip install|python |torchrun )"
)
INSTALLERS = ("pip", "uv")


@dataclass(frozen=True)
class Command:
    """A printed command.

    Arguments:
        page: the page that prints it.
        words: its words, without variables, `uv run` and comments.
        reason: why it is not run; empty if it is run.
    """

    page: Path
    words: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {shlex.join(self.words)}"


def commands(page: Path) -> Iterator[Command]:
    """Yield the commands of the shell that a page prints, in their order."""
    text = page.read_text(encoding="utf-8")
    whole = WHOLE_PAGE.search(text)
    for block in BLOCK.finditer(_without_code(text)):
        reason = block["reason"] or (whole[1] if whole else "")
        lines = (block["fenced"] or block["indented"]).replace("\\\n", " ").splitlines()
        for line in map(str.strip, lines):
            for part in line.split(" && ") if PROGRAM.match(line) else ():
                yield Command(page, _words(part), reason or _not_here(part))
    if page.suffix == ".md" and "file_format: mystnb" in text:
        for line in re.findall(r"^!((?:mmcore|python) .+)$", text, re.MULTILINE):
            yield Command(page, _words(line), "the notebook runs it when the site is built")


def mmcore_arguments(command: Command) -> list[str] | None:
    """Return the arguments of ``mmcore``, None for another program, or if variables hold arguments."""
    words = list(command.words)
    if any(word.startswith("$") for word in words):
        return None
    if words[0] == "torchrun" and "mmcore" in words:
        return words[words.index("mmcore") + 1 :]
    return words[1:] if words[0] == "mmcore" else None


def _words(line: str) -> tuple[str, ...]:
    words = shlex.split(line.removesuffix("&"), comments=True)
    while re.fullmatch(r"[A-Z_]+=.*", words[0]):
        del words[0]
    if words[:2] == ["uv", "run"]:
        del words[:2]
        while words[0] in ("--with", "--group", "--extra"):
            del words[:2]
    return tuple(words)


def _not_here(line: str) -> str:
    words = _words(line)
    if words == ("pytest",):
        return "it runs the whole test suite"
    if any("$" in word for word in words):
        return "it has variables of a batch system"
    return "it installs packages" if words[0] in INSTALLERS else ""


def _without_code(text: str) -> str:
    """Return a page without blocks of Python, YAML and other languages, whose lines may be indented."""
    return re.sub(r"^```(?!bash|console)\S.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
