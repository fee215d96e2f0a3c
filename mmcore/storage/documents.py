"""YAML and JSON documents of the user, with bounds that hold before a document takes memory."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from mmcore.errors import MmcoreError

__all__ = ["parse_json", "parse_yaml", "read_json", "read_yaml"]

SHOWN = 60
"""Characters of a key in a message."""
MOST_BYTES = 1 << 26
MOST_DEPTH = 64
"""Levels of lists and mappings; the parsers recurse, in C, until the process ends."""
MOST_VALUES = 4_000_000
"""Values of a YAML document; a value counts at each place of its alias."""
MOST_CHARACTERS = 10_000
"""Characters of a YAML value without quotes, which may be a number."""
NEVER = re.compile("(?!)")
WORDS = {
    "tag:yaml.org,2002:bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"),
    "tag:yaml.org,2002:int": re.compile(r"-?(?:0|[1-9][0-9]*)$"),
    "tag:yaml.org,2002:float": re.compile(
        r"-?(?:0|[1-9][0-9]*)\.(?:0|[0-9]*[1-9])$|[+-]?[0-9]+\.[0-9]*[eE][+-]?[0-9]+$"
        r"|[+-]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$"
    ),
    "tag:yaml.org,2002:timestamp": NEVER,
}
"""The texts that are no words, by the type that YAML 1.1 gives them."""
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
"""An escape for half a character, which no file can store."""

BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C where it is available: the configuration of a study of many columns is long."""


class LOADER(BASE):  # type: ignore[misc]
    """A loader to which yes, no, 0042, 0x10, 12:30, 1.50 and 2020-01-31 are words, as in cells of tables.

    An option that is a number takes the word of a number, such as 1.50.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - as in PyYAML
        first: [(tag, WORDS.get(tag, pattern)) for tag, pattern in resolvers]
        for first, resolvers in BASE.yaml_implicit_resolvers.items()
    }


def read_yaml(path: Path) -> Any:
    """Return the document in a YAML file.

    Arguments:
        path: a regular file of at most 64 MiB.

    Raises:
        MmcoreError: the file cannot be read or is no YAML, or the document is too large or too deep.
    """
    return parse_yaml(_text(path), str(path))


def read_json(path: Path) -> Any:
    """Return the document in a JSON file.

    Arguments:
        path: a regular file of at most 64 MiB.

    Raises:
        MmcoreError: the file cannot be read or is no JSON, or the document is too deep.
    """
    return parse_json(_text(path), str(path))


def parse_yaml(text: str, where: str) -> Any:
    """Return the document in a YAML text.

    Arguments:
        text: without tags, such as ``!!set``.
        where: name of the text in messages, such as the path of a file.

    Raises:
        MmcoreError: the text is no YAML, a key is twice in a mapping, or the document is too large or too
            deep.

    Example:
        >>> from mmcore.storage.documents import parse_yaml
        >>> parse_yaml("steps: 20", "study.yaml")
        {'steps': 20}
    """
    try:
        _check_keys(_bounded(yaml.parse(text, Loader=LOADER), where), where)
        return LOADER(text).get_single_data()
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a number of 10,000 digits
        raise MmcoreError(f"'{where}' is not YAML: {_reason(error, text)}") from error


def _reason(error: Exception, text: str) -> str:
    """Return what an error of the parser states, the line, and the remedy for a tab."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return " ".join(str(error).split())
    parts = (getattr(error, "context", None), getattr(error, "problem", None))
    lines = text.splitlines()[: mark.line + 1]
    tabs = "; write blanks in place of tabs" if lines and "\t" in lines[-1] else ""
    return (
        f"{' '.join(filter(None, parts))}, in line {mark.line + 1}, column {mark.column + 1}{tabs}"
    )


def parse_json(text: str, where: str) -> Any:
    """Return the document in a JSON text.

    Arguments:
        text: one document, such as a line of ``metrics.jsonl``.
        where: name of the text in messages, such as the path of a file.

    Raises:
        MmcoreError: the text is no JSON, or the document is too deep.

    Example:
        >>> from mmcore.storage.documents import parse_json
        >>> parse_json('{"steps": 20}', "run.json")
        {'steps': 20}
    """
    try:
        document = json.loads(text)
        if SURROGATE.search(text):
            json.dumps(document, ensure_ascii=False).encode()
    except RecursionError:
        raise _too_deep(where) from None
    except ValueError as error:
        raise MmcoreError(f"'{where}' is not JSON: {error}") from error
    _check_depth(document, where)
    return document


def _text(path: Path) -> str:
    if not path.is_file():
        raise MmcoreError(f"there is no file '{path}'; see the spelling of its name")
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)  # not by its size: that of a file in /proc is 0
        text = content[:MOST_BYTES].decode("utf-8-sig")
    except OSError as error:
        raise MmcoreError(f"'{path}' cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MmcoreError(f"'{path}' is not UTF-8; save it as UTF-8") from error
    if len(content) > MOST_BYTES:
        raise MmcoreError(
            f"'{path}' is larger than {MOST_BYTES >> 20} MiB, expected a document; name another file"
        )
    return text


def _bounded(events: Iterator[Any], where: str) -> Iterator[Any]:
    """Yield the events of a YAML text, whose parser neither recurses nor builds values, within bounds."""
    sizes: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []
    values = 0
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            _remember(sizes, anchor, values - before)
        elif isinstance(event, yaml.NodeEvent):
            values += _size(event, sizes, where)
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append((event.anchor, values - 1))
            elif not isinstance(event, yaml.AliasEvent):
                _remember(sizes, event.anchor, 1)
        if len(open_) > MOST_DEPTH:
            raise _too_deep(where)
        if values > MOST_VALUES:
            raise MmcoreError(
                f"'{where}' has more than {MOST_VALUES:,} values, of which aliases such as *name may be"
                " copies; expected fewer"
            )
        yield event


def _check_keys(events: Iterator[Any], where: str) -> None:
    """Check that no mapping has a key twice, of which YAML parsers keep the last."""
    # Of each open collection: the lines of its keys, None for a list, and whether the next value is a key.
    open_: list[tuple[dict[str, int] | None, bool]] = []
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            open_.pop()
        elif isinstance(event, yaml.NodeEvent):
            if open_:
                keys, is_key = open_[-1]
                open_[-1] = keys, not is_key
                if keys is not None and is_key and isinstance(event, yaml.ScalarEvent):
                    _add_key(keys, event, where)
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append(({} if isinstance(event, yaml.MappingStartEvent) else None, True))


def _add_key(keys: dict[str, int], event: Any, where: str) -> None:
    line = event.start_mark.line + 1
    if event.value in keys:
        raise MmcoreError(
            f"'{where}' has the key '{event.value[:SHOWN]}' twice, in lines {keys[event.value]} and"
            f" {line}, expected it once; remove or rename one"
        )
    keys[event.value] = line


def _remember(sizes: dict[str, int], anchor: str | None, values: int) -> None:
    if anchor is not None:
        sizes[anchor] = values


def _size(event: Any, sizes: dict[str, int], where: str) -> int:
    """Return the number of values of a scalar, of an alias, or of a collection that begins."""
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in sizes:
            raise MmcoreError(
                f"'{where}' has the alias *{event.anchor} outside of any value that &{event.anchor} names,"
                " or within it; write the value out"
            )
        return sizes[event.anchor]
    if event.tag is not None:
        raise MmcoreError(
            f"'{where}' has the tag {event.tag}, expected values without tags; remove the tag"
        )
    if isinstance(event, yaml.ScalarEvent) and not event.style:
        _check_length(event.value, where)
    return 1


def _check_length(value: str, where: str) -> None:
    if len(value) > MOST_CHARACTERS:
        raise MmcoreError(
            f"'{where}' has a value of {len(value):,} characters without quotes, which begins with"
            f" {value[:20]}; expected at most {MOST_CHARACTERS:,}, or quotes around it"
        )


def _check_depth(document: Any, where: str) -> None:
    level = [document]
    for _ in range(MOST_DEPTH + 1):
        inner = [list(v.values()) if isinstance(v, dict) else v for v in level]
        level = [value for part in inner if isinstance(part, list) for value in part]
    if level:
        raise _too_deep(where)


def _too_deep(where: str) -> MmcoreError:
    return MmcoreError(
        f"'{where}' has lists or mappings of more than {MOST_DEPTH} levels, expected a flatter document"
    )
