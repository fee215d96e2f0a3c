"""A finished run, opened again: its model, and the data that it was trained on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcore.config import RunConfig
from mmcore.data import OpenedData
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.runs.folder import RunFolder, read_config
from mmcore.runs.job import data_of

__all__ = ["FinishedRun", "Items"]

Items = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that has a model.

    Arguments:
        folder: its files.
        config: its configuration.
        record: what ``run.json`` holds.
        model: trained, in eval mode.
    """

    folder: RunFolder
    config: RunConfig
    record: Mapping[str, Any]
    model: Model

    @classmethod
    def open(cls, path: Path, catalogue: Catalogue) -> "FinishedRun":
        """Return the run in ``path``.

        Raises:
            MmcoreError: there is none, or it is not finished.
        """
        folder = RunFolder(path)
        if not folder.config.is_file() or not folder.record.is_file():
            raise MmcoreError(
                f"'{path}' holds no run; expected a folder that mmcore train has written"
            )
        if not folder.model.is_dir():
            raise MmcoreError(
                f"the run in '{path}' has no model yet; finish it by mmcore train --resume {path}"
            )
        config = read_config(folder.config)
        record = json.loads(folder.record.read_text(encoding="utf-8"))
        return cls(folder, config, record, Model.from_pretrained(folder.model, catalogue=catalogue))

    def root(self, data_dir: Path | None) -> Path | None:
        """Return the folder of the data: given, or where the run found it."""
        found = self.record["data_root"]
        return data_dir or (Path(found) if found else self.config.data.dir)

    def data(self, data_dir: Path | None, catalogue: Catalogue) -> OpenedData:
        """Return the data of the run's own kind; nothing is downloaded, and nothing else is taken.

        Raises:
            MmcoreError: it is not what the run was trained on.
        """
        root = self.root(data_dir)
        update = {"mode": self.record["data"], "dir": root, "drop": 0.0}
        chosen = self.config.data.model_copy(update=update)
        config = self.config.model_copy(update={"data": chosen})
        data = data_of(config, catalogue, self.model)
        self.check(data.items, root)
        return data

    def check(self, items: Items, root: Path | None) -> None:
        """Check that there are as many items by modality as the run had.

        Raises:
            MmcoreError: there are not.
        """
        if items != self.record["data_items"]:
            raise MmcoreError(
                f"the run was trained on other data: {_told(self.record['data_items'])} then,"
                f" {_told(items)} in '{root}' now; name the same data with --data-dir"
            )


def _told(items: Items) -> str:
    return ", ".join(f"{name} {n['train']}+{n['test']}" for name, n in items.items())
