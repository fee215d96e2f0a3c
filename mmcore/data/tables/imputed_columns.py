"""The names of the columns of imputed tables."""

from collections.abc import Iterator, Mapping

from mmcore.data.tables.reader import Reader
from mmcore.errors import MmcoreError

__all__ = ["DRAW", "EFFECTIVE", "HIGH", "LOW", "OBSERVED", "PROBABILITY", "check_imputed_columns"]

LOW, HIGH, PROBABILITY, OBSERVED = "__low", "__high", "__probability", "__observed"
"""Ends of the names of columns that imputation adds to a column."""
DRAW = "draw"
"""The column with the number of the draw."""
EFFECTIVE = "effective_samples"
"""The column with the effective sample size of a record."""


def check_imputed_columns(key: str, readers: Mapping[str, Reader]) -> None:
    """Check that no two columns of an imputed table would have the same name.

    Arguments:
        key: name of the id column.
        readers: by modality, with fitted settings.

    Raises:
        MmcoreError: two of them would.
    """
    written = {n: (*r.columns(), *r.left_out()) for n, r in readers.items() if r.columns()}
    first = {key: f"the id column '{key}'", DRAW: "the number of the draw"}
    first[EFFECTIVE] = "the effective sample size"
    for modality, columns in written.items():
        prefix = f"{modality}." if len(written) > 1 else ""
        for column in columns:
            for name, meaning in _names(prefix + column):
                if name in first:
                    raise MmcoreError(
                        f"the column '{column}' of modality '{modality}' would be written to the column"
                        f" '{name}' of imputed tables, as {meaning}, and so would {first[name]}; rename it,"
                        f" or leave it out with columns: ['*', '!{column}']"
                    )
                first[name] = f"{meaning} of '{column}'"


def _names(column: str) -> Iterator[tuple[str, str]]:
    yield column, "the cells"
    yield column + LOW, "the lower bound"
    yield column + HIGH, "the upper bound"
    yield column + PROBABILITY, "the probability"
    yield column + OBSERVED, "the mark of observed cells"
