"""The records of ``mmcore data show`` as tables, texts and pictures of characters."""

from typing import TYPE_CHECKING, Any

from mmcore.terminal.printing import Console, grid

if TYPE_CHECKING:
    from torch import Tensor

    from mmcore.data.tables.show import ShownRecords

__all__ = ["show_records_of"]

COLUMNS, LETTERS = 8, 300
"""Columns of a table, and letters of a text, that are shown."""
WIDTH, HEIGHT = 40, 20
SHADES = " .:-=+*#%@"
"""From black to white."""


def show_records_of(name: str, records: "ShownRecords", console: Console) -> None:
    """Print the records of one modality."""
    shape = "x".join(map(str, records.values.shape[1:]))
    kind = str(records.values.dtype).removeprefix("torch.")
    console.print(f"{name}: {len(records.ids)} records of {shape} numbers ({kind})")
    if records.texts is not None:
        for key, text in zip(records.ids, records.texts, strict=True):
            console.print(f"  {key}: {text[:LETTERS]}{'...' * (len(text) > LETTERS)}")
    elif records.cells:
        columns = list(records.cells)[:COLUMNS]
        rows = zip(*(map(_cell, records.cells[column]) for column in columns), strict=True)
        cells = [(key, *row) for key, row in zip(records.ids, rows, strict=True)]
        console.print(grid(("id", *columns), cells))
        if len(records.cells) > COLUMNS:
            console.print(f"  and {len(records.cells) - COLUMNS} more columns")
    elif records.pictures is not None:
        for key, picture in zip(records.ids, records.pictures, strict=True):
            console.print(f"  {key}: from {float(picture.min()):.3g} to {float(picture.max()):.3g}")
            for line in _lines(picture):  # a console escapes line ends
                console.print(line)
    else:
        for key, value in zip(records.ids, records.values.flatten(1).double(), strict=True):
            console.print(f"  {key}: mean {float(value.nanmean()):.4g}, first {_numbers(value)}")


def _cell(cell: Any) -> str:
    if cell is None or cell != cell:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _numbers(value: "Tensor") -> str:
    return ", ".join(f"{number:.4g}" for number in value[:COLUMNS].tolist())


def _lines(picture: "Tensor") -> list[str]:
    """Return a picture, (channels, height, width) in [0, 1], as lines of characters."""
    from torch.nn.functional import adaptive_avg_pool2d

    height, width = (min(a, b) for a, b in zip((HEIGHT, WIDTH), picture.shape[1:], strict=True))
    gray = adaptive_avg_pool2d(picture.float().mean(0, keepdim=True), (height, width))[0]
    places = (gray.clamp(0, 1) * (len(SHADES) - 1)).round().long().tolist()
    return ["".join(SHADES[place] for place in row) for row in places]
