"""Types of columns in Arrow and in pandas."""

import pandas as pd
import pyarrow as pa

__all__ = ["arrow_schema", "arrow_table", "plain_frame", "plain_schema"]


def plain_frame(table: pa.Table) -> pd.DataFrame:
    """Return the cells with types that pandas has; the index of a frame that was written is a column."""
    coded = [field.type if pa.types.is_dictionary(field.type) else None for field in table.schema]
    plain = zip(plain_schema(table.schema), coded, strict=True)
    schema = pa.schema([field if kind is None else field.with_type(kind) for field, kind in plain])
    frame: pd.DataFrame = table.cast(schema).unify_dictionaries().to_pandas(ignore_metadata=True)
    return frame


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return the schema with types that pandas has: decimals are floats, dates are timestamps."""
    return pa.schema([(field.name, _plain_type(field.type)) for field in schema])


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_decimal(kind):
        return pa.float64()
    return pa.timestamp("s") if pa.types.is_date(kind) else kind


def arrow_table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """Return the cells with the types of a schema."""
    # Table.from_pandas is slower for 100,000 columns than the model is for their cells.
    pairs = zip(frame.items(), schema, strict=True)
    arrays = [pa.array(cells, field.type, from_pandas=True) for (_, cells), field in pairs]
    return pa.Table.from_arrays(arrays, schema=schema)


def arrow_schema(frame: pd.DataFrame) -> pa.Schema:
    """Return types by dtype of the columns, because the cells of a first frame may all be missing."""
    return pa.schema([(str(name), _type(cells)) for name, cells in frame.items()])


def _type(cells: pd.Series) -> pa.DataType:
    kind = cells.dtype
    if pd.api.types.is_bool_dtype(kind):
        return pa.bool_()
    if pd.api.types.is_integer_dtype(kind):
        return pa.int64()
    if pd.api.types.is_datetime64_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
        return pa.Array.from_pandas(cells[:0]).type
    return pa.float64() if pd.api.types.is_float_dtype(kind) else pa.string()
