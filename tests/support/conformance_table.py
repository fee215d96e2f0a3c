"""Run as a program: write the table of the checks, as docs/conformance.md has it."""

from mmcore.testing.checks import KITS
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.dataset import DATASET_CHECKS
from mmcore.testing.checks.method import METHOD
from mmcore.testing.kit import Kit

__all__ = ["table"]


def table() -> str:
    """Return a heading and a table in Markdown for each kind, after one for all kinds."""
    shared = {check.name for check in COMPONENT_CHECKS}
    parts = [_titled("Any registered component", [(c.name, c.promise) for c in COMPONENT_CHECKS])]
    for kit in KITS:
        rows = [(c.name, c.promise) for c in kit.checks if c.name not in shared | _elsewhere(kit)]
        parts.append(_titled(f"`{kit.kind}`", rows) if rows else _same(kit))
    return "\n\n".join(parts) + "\n"


def _elsewhere(kit: Kit) -> set[str]:
    """Return the checks of a kit that stand under another kind."""
    if kit.kind == "objective":
        return {check.name for check in METHOD.checks}
    return {check.name for check in DATASET_CHECKS} if kit.kind == "modality" else set()


def _same(kit: Kit) -> str:
    return f"### `{kit.kind}`\n\nThe checks of a `method`; an objective alone declares no bound."


def _titled(title: str, rows: list[tuple[str, str]]) -> str:
    lines = [f"| `{name}` | {promise} |" for name, promise in rows]
    return "\n".join([f"### {title}", "", "| check | what it promises |", "| --- | --- |", *lines])


if __name__ == "__main__":
    print(table(), end="")
