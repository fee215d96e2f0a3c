"""A run: its configuration, its model, its data, and its evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from mmcore.config import RunConfig
from mmcore.data import Data, Fingerprint, open_data
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.reporting.record import EvaluationRecord, read_record
from mmcore.runs.folder.changes import data_change
from mmcore.runs.folder.files import RunFolder, read_config
from mmcore.runs.folder.links import check_links
from mmcore.runs.folder.record import RunRecord, Summary
from mmcore.storage.schemas import read_document
from mmcore.storage.versions import RUN

__all__ = ["Run"]

Items = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Run:
    """A run that has a trained model.

    Arguments:
        files: paths of its files.
        config: its configuration.
        catalogue: where components are found.
        trained: the model if it is in memory; if it is None, `model` loads it.
        allow_outside: whether studies that set ``allow_outside`` may read files outside of their folder.

    Example:
        >>> from mmcore.runs.run import Run
        >>> Run.open("runs/mnist-text-mmjsd-1").model  # doctest: +SKIP
    """

    files: RunFolder
    config: RunConfig
    catalogue: Catalogue
    trained: Model | None = field(default=None, repr=False)
    allow_outside: bool = False

    @classmethod
    def open(
        cls, path: str | Path, catalogue: Catalogue | None = None, *, allow_outside: bool = False
    ) -> "Run":
        """Return the run in the folder ``path``.

        Arguments:
            path: the folder.
            catalogue: where components are found; the installed plug-ins if left out.
            allow_outside: whether studies that set ``allow_outside`` may read files outside of their
                folder.

        Raises:
            MmcoreError: the folder has no run, the run is not finished, or a link leaves the folder.
        """
        files = RunFolder(Path(path))
        if files.ensemble.is_file():
            raise MmcoreError(
                f"'{path}' holds an ensemble, which mmcore impute takes; name one of its runs here, such as"
                f" {files.path / 'member-0'}"
            )
        if not files.config.is_file() or not files.record.is_file():
            raise MmcoreError(
                f"'{path}' holds no run; expected a folder that mmcore train has written"
            )
        if not files.model.is_dir():
            raise MmcoreError(
                f"the run in '{path}' has no model yet; finish it with mmcore train --resume {path}"
            )
        check_links(files.path)
        config = read_config(files.config, allow_outside)
        return cls(files, config, catalogue or Catalogue.discover(), allow_outside=allow_outside)

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return self.files.path

    @cached_property
    def model(self) -> Model:
        """The trained model, in eval mode; it is loaded once.

        Raises:
            MmcoreError: its files are damaged, or a component is not installed.
        """
        if self.trained is not None:
            return self.trained
        return Model.from_pretrained(self.files.model, catalogue=self.catalogue)

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """The content of ``run.json``: versions, machine and data.

        Raises:
            MmcoreError: the file is damaged.
        """
        return read_document(self.files.record, RunRecord, RUN).model_dump(mode="json")

    @cached_property
    def summary(self) -> Mapping[str, Any]:
        """The content of ``summary.json``: linear probes and warnings.

        Raises:
            MmcoreError: the file is damaged.
        """
        return read_document(self.files.summary, Summary).model_dump(mode="json")

    @property
    def evaluation(self) -> EvaluationRecord | None:
        """The measurements of ``mmcore evaluate``; None before it has run.

        Raises:
            MmcoreError: they were written by another version.
        """
        path = self.files.evaluation
        return read_record(path) if path.is_file() else None

    def data(self, data_dir: Path | None = None, *, accept_changed_data: bool = False) -> Data:
        """Return the data that the run was trained on; nothing is downloaded or hidden.

        Arguments:
            data_dir: folder of the data; that of the training if left out.
            accept_changed_data: whether data that has changed since the training is returned.

        Raises:
            MmcoreError: the files are missing, or they are not those of the training.
        """
        root = self.root(data_dir)
        update = {"mode": self.record["data"], "dir": root, "drop": 0.0}
        config = self.config.data.model_copy(update=update)
        stored = self.model.codec.stored
        data = open_data(
            config, self.config.model.modalities, self.catalogue, self.config.data_seed, stored
        )
        if not accept_changed_data:
            self._check(data, root)
        return data

    def root(self, data_dir: Path | None) -> Path | None:
        """Return the folder of the data: ``data_dir``, or that of the training."""
        recorded = self.record["data_root"]
        return data_dir or (Path(recorded) if recorded else self.config.data.dir)

    def _check(self, data: Data, root: Path | None) -> None:
        if data.items != self.record["data_items"]:
            raise MmcoreError(
                f"the run was trained on other data: {_in_words(self.record['data_items'])} then,"
                f" {_in_words(data.items)} in '{root}' now; name the same data with --data-dir, or continue"
                " with --accept-changed-data"
            )
        if self.record["fingerprint"] is not None:
            known = Fingerprint.model_validate(self.record["fingerprint"])
            change = known.difference(data.inputs.fingerprint(known))
            if change:
                raise MmcoreError(data_change(change, "the training"))


def _in_words(items: Items) -> str:
    return ", ".join(f"{name} {n['train']}+{n['test']}" for name, n in items.items())
