"""Data sets of Hugging Face in a folder that ``datasets.save_to_disk`` has written."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, final

import pandas as pd
import pyarrow as pa
from pydantic import BaseModel

from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.formats.damage import readable
from mmcore.data.tables.formats.extras import refuse_to_write
from mmcore.data.tables.formats.feather import read_arrow
from mmcore.data.tables.formats.lines import check_names
from mmcore.data.tables.formats.typed import plain_frame
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.records import FrameTable
from mmcore.errors import MmcoreError, listed
from mmcore.plugins import Context
from mmcore.storage.documents import read_json

__all__ = ["HuggingFace"]

SPLITS = "dataset_dict.json"
"""The file of a folder of several data sets."""


@final
class HuggingFace(Format):
    """The Arrow files of a data set; nothing in the folder is run.

    Arguments:
        settings: none.
        context: not used.
    """

    def __init__(self, settings: BaseModel, context: Context) -> None:
        pass

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return the whole data set in memory, with the names of its classes."""
        document = read_json(path)
        if path.name == SPLITS:
            splits = document.get("splits", []) if isinstance(document, dict) else []
            raise MmcoreError(
                f"'{path.parent}' has several data sets; name one of {listed(splits)} as"
                f" '{path.parent.name}/NAME'"
            )
        places = [path.with_name(name) for name in _files(path, document)]
        with readable(path.parent, "folder of Arrow files"):
            cells = pa.concat_tables(map(read_arrow, places))
        check_names(path, cells.column_names)
        frame, named = plain_frame(cells), _classes(cells.schema)
        for column, names in named.items():
            frame[column] = frame[column].map(dict(enumerate(names))).astype(object)
        notes = [f"'{column}' has the names of its classes" for column in named]
        return OpenedTable(FrameTable(frame), tuple(notes), beside=(path, *places))

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Refuse to write."""
        refuse_to_write(path, frames)


def _files(path: Path, document: Any) -> list[str]:
    """Return the names of the Arrow files, which are in the folder itself."""
    entries = document.get("_data_files") if isinstance(document, dict) else None
    entries = entries if isinstance(entries, list) else []
    names = [entry.get("filename") for entry in entries if isinstance(entry, dict)]
    plain = [name for name in names if isinstance(name, str) and Path(name).name == name]
    if not plain or len(plain) < len(entries):
        raise MmcoreError(
            f"'{path}' is no state.json of a data set of Hugging Face, expected '_data_files' in the same"
            " folder; write the folder again with save_to_disk"
        )
    return plain


def _classes(schema: pa.Schema) -> dict[str, list[str]]:
    """Return the names of classes by column, from the description of the columns in an Arrow file."""
    text = (schema.metadata or {}).get(b"huggingface", b"{}")
    try:
        features = dict(json.loads(text)["info"]["features"])
    except (KeyError, TypeError, ValueError):
        return {}  # other libraries write other descriptions, or none
    return {
        name: [str(word) for word in feature["names"]]
        for name, feature in features.items()
        if isinstance(feature, Mapping)
        and feature.get("_type") == "ClassLabel"
        and isinstance(feature.get("names"), list)
        and name in schema.names
    }
