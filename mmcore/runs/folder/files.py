"""The files of a run."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from mmcore.config import RunConfig
from mmcore.config.levels import place_in_study
from mmcore.config.study import StudyConfig
from mmcore.config.validation import sentence
from mmcore.errors import MmcoreError, documented
from mmcore.runs.folder.declared import StudyRecord
from mmcore.storage.documents import read_yaml
from mmcore.storage.files import write_text
from mmcore.storage.manifest import MANIFEST, FileHash, Hashes, Manifest, hashes
from mmcore.storage.schemas import write_document
from mmcore.terminal.escaping import command

__all__ = ["RunFolder", "read_config", "read_config_or_study"]

Config = TypeVar("Config", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of the files of a run.

    Arguments:
        path: the folder.
    """

    path: Path

    @property
    def config(self) -> Path:
        """The resolved configuration, which repeats the run."""
        return self.path / "config.yaml"

    @property
    def ensemble(self) -> Path:
        """The record of an ensemble, of which the folder then has the runs."""
        return self.path / "ensemble.json"

    @property
    def study(self) -> Path:
        """The study file as it was when the run or the ensemble began, if it began with one."""
        return self.path / "study.json"

    @property
    def record(self) -> Path:
        """Versions, machine and data of the run."""
        return self.path / "run.json"

    @property
    def metrics(self) -> Path:
        """The loss terms over the steps, a line of JSON each."""
        return self.path / "metrics.jsonl"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints, from which an interrupted run continues."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """The trained model."""
        return self.path / "model"

    @property
    def figures(self) -> Path:
        """Pictures."""
        return self.path / "figures"

    @property
    def summary(self) -> Path:
        """Linear probes and warnings."""
        return self.path / "summary.json"

    @property
    def evaluation(self) -> Path:
        """The measurements of ``mmcore evaluate``."""
        return self.path / "evaluation.json"

    @property
    def report(self) -> Path:
        """The page of ``mmcore evaluate``."""
        return self.path / "report.html"

    @property
    def pdf(self) -> Path:
        """The page of ``mmcore evaluate`` as PDF."""
        return self.path / "report.pdf"

    @property
    def manifest(self) -> Path:
        """The hashes of the files of a finished run."""
        return self.path / MANIFEST

    @property
    def is_finished(self) -> bool:
        """Whether the run is finished."""
        return self.summary.is_file()

    def check_is_new(self) -> None:
        """Check that the folder has no run.

        Raises:
            MmcoreError: the folder has a run already, or is a file.
        """
        if self.path.is_file():
            raise MmcoreError(
                f"'{self.path}' is a file, expected a folder for the run; change --out"
            )
        if self.ensemble.is_file():
            raise MmcoreError(
                f"'{self.path}' already holds an ensemble; continue it with mmcore train --resume"
                f" {self.path}, or choose another folder with --out"
            )
        if self.is_finished:
            raise MmcoreError(
                f"'{self.path}' already holds a finished run; choose another folder with --out"
            )
        if self.config.is_file():
            raise MmcoreError(
                f"'{self.path}' already holds an unfinished run; continue it with"
                f" mmcore train --resume {self.path}, or choose another folder with --out"
            )

    def begin(self, config: RunConfig, declared: StudyRecord | None = None) -> None:
        """Create the folder and write the configuration, and the study file that it is made from, if any.

        Raises:
            MmcoreError: the folder has a run already.
        """
        self.check_is_new()
        self.path.mkdir(parents=True, exist_ok=True)
        self.declare(declared)
        self.write_config(config.model_dump(mode="json"))

    def declare(self, declared: StudyRecord | None) -> None:
        """Write the record of a study file, if there is one."""
        if declared is not None:
            write_document(self.study, declared)

    def reopen(self, steps: int) -> None:
        """Remove the results of a finished run and change the length of its training.

        A process that is killed between the two leaves an unfinished run of the old length.
        """
        for path in (self.summary, self.manifest, self.evaluation, self.report, self.pdf):
            path.unlink(missing_ok=True)
        document = self.read_config_document()
        self.write_config({**document, "training": {**document["training"], "steps": steps}})

    def write_config(self, document: Mapping[str, Any]) -> None:
        """Write the configuration."""
        text = yaml.dump(
            dict(document),
            Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),  # a study of many columns is long
            sort_keys=False,
            default_flow_style=None,
            width=1000,
        )
        again = command("mmcore", "train", "--config", self.config)
        write_text(self.config, f"# {again}\n{text}")

    def read_config_document(self) -> dict[str, Any]:
        """Return the configuration as it is in the file, without the defaults of this version.

        Raises:
            MmcoreError: the file does not exist, or is no YAML.
        """
        return _read_yaml(self.config)

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Write the hashes of the files of the run, and then the summary, which marks it as finished."""
        text = json.dumps(summary, indent=2) + "\n"
        files = [self.config, self.study, self.record, self.metrics, *self.figures.glob("*.png")]
        content = text.encode()
        mark = FileHash(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        Manifest(files={**self._hashes(files), self.summary.name: mark}).write(self.manifest)
        write_text(self.summary, text)

    def seal(self, *files: Path) -> None:
        """Add the hashes of further files; a damaged manifest stays as it is, for `mmcore runs verify`."""
        try:
            manifest = Manifest.read(self.manifest)
        except MmcoreError:
            return
        known = {} if manifest is None else manifest.files
        Manifest(files={**known, **self._hashes(files)}).write(self.manifest)

    def _hashes(self, files: Iterable[Path]) -> Hashes:
        return hashes(
            self.path, sorted(str(f.relative_to(self.path)) for f in files if f.is_file())
        )

    @staticmethod
    def unused(parent: Path, stem: str) -> "RunFolder":
        """Return the first of ``stem-1``, ``stem-2``, ... below ``parent`` that does not exist."""
        number = 1
        while (parent / f"{stem}-{number}").exists():
            number += 1
        return RunFolder(parent / f"{stem}-{number}")


def read_config(path: Path, allow_outside: bool = False) -> RunConfig:
    """Return the configuration in a YAML file, see `read_config_or_study`.

    Raises:
        MmcoreError: the file does not exist or is no YAML, or an entry is not valid.
    """
    config = read_config_or_study(path, allow_outside)
    if isinstance(config, StudyConfig):
        raise MmcoreError(f"'{path}' is a study, expected the config.yaml of a run")
    return config


def read_config_or_study(path: Path, allow_outside: bool = False) -> RunConfig | StudyConfig:
    """Return the run, with the key ``model.modalities``, or the study, with ``modalities``, in a file.

    Arguments:
        path: the file.
        allow_outside: whether ``allow_outside`` in the file takes effect. If not, it is false in the
            result, and ``base`` must be inside: a file cannot grant its own paths more than its folder.

    Raises:
        MmcoreError: the file does not exist, is no YAML or is neither, or an entry is not valid.
    """
    document = _read_yaml(path)
    if "modalities" in document:
        with documented("studies"):
            study = _validated(StudyConfig, document, path)
        if allow_outside:
            return study
        _check_base(study.base, path)
        return study.model_copy(update={"allow_outside": False})
    model = document.get("model")
    if isinstance(model, dict) and "modalities" in model:
        config = _validated(RunConfig, document, path)
        return config if allow_outside else _inside(config)
    raise MmcoreError(
        f"'{path}' is neither a study, which has 'modalities', nor the configuration of a run, which has"
        f" 'model' with 'modalities' in it; it has {', '.join(map(str, document)) or 'nothing'}"
    )


def _check_base(base: str, path: Path) -> None:
    folder = path.parent.resolve()
    if not (folder / base).resolve().is_relative_to(folder):
        raise MmcoreError(
            f"base '{base}' in '{path}' lies outside the folder of the file; add --allow-outside to the"
            " command if the file is your own"
        )


def _inside(config: RunConfig) -> RunConfig:
    if config.data.study is None:
        return config
    study = config.data.study.model_copy(update={"allow_outside": False})
    data = config.data.model_copy(update={"study": study})
    return config.model_copy(update={"data": data})


def _read_yaml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise MmcoreError(
            f"no configuration at '{path}'; expected a YAML file such as a run's config.yaml or a study"
        )
    document = read_yaml(path)
    return document if isinstance(document, dict) else {}


def _validated(model: type[Config], document: dict[str, Any], path: Path) -> Config:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        place_of = place_in_study if model is StudyConfig else None
        raise MmcoreError(sentence(error, model, f"'{path}'", place_of)) from error
