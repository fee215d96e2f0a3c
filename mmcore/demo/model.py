"""The model of a page, the forms of its values, and its records."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mmcore.config import DataConfig
from mmcore.data import Data, open_data
from mmcore.demo.examples import Examples, Neighbours
from mmcore.errors import MmcoreError
from mmcore.jsonvalues import CellsForm, ValueForm, forms_of
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.runs.run import Run

__all__ = ["DemoModel"]

HIDDEN = "The page was started with --no-records: give values of your own."


@dataclass(frozen=True, slots=True)
class DemoModel:
    """A trained model on a page, with its records.

    Arguments:
        title: name of the run.
        about: description of the model and its data, a sentence.
        model: in eval mode.
        forms: by modality, how its values are written in JSON.
        examples: records that a visitor picks; None if there are none.
        neighbours: training records; None if there are none.
        notes: remarks for the visitor.
    """

    title: str
    about: str
    model: Model
    forms: Mapping[str, ValueForm]
    examples: Examples | None = None
    neighbours: Neighbours | None = None
    notes: tuple[str, ...] = field(default=())

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        data_dir: Path | None = None,
        with_records: bool = True,
        allow_outside: bool = False,
        catalogue: Catalogue | None = None,
    ) -> "DemoModel":
        """Return the model and the records of a finished run.

        Arguments:
            folder: of the run.
            data_dir: folder of its data; that of the training if left out.
            with_records: whether a visitor sees records.
            allow_outside: see `Run.open`.
            catalogue: where components are found.

        Raises:
            MmcoreError: the folder has no finished run.
        """
        run = Run.open(folder, catalogue, allow_outside=allow_outside)
        data, notes = _records(run, data_dir) if with_records else (None, (HIDDEN,))
        return cls(
            title=run.folder.resolve().name,
            about=_about(run),
            model=run.model,
            forms=forms_of(run.model),
            examples=None if data is None else Examples(data),
            neighbours=None if data is None else Neighbours(run.model, data),
            notes=notes,
        )

    def described(self) -> dict[str, Any]:
        """Return the description of the model and its modalities in JSON."""
        return {
            "title": self.title,
            "about": self.about,
            "notes": list(self.notes),
            "content": self.model.config.content_dim,
            "records": [] if self.examples is None else list(self.examples.ids),
            "fitted_prior": self.model.fitted_prior is not None,
            "modalities": [self._modality(name) for name in self.model.names],
        }

    def _modality(self, name: str) -> dict[str, Any]:
        form, modality = self.forms[name], self.model.codec[name]
        widget = modality.widget()
        described: dict[str, Any] = {
            "name": name,
            "form": form.kind,
            "shape": list(modality.event_shape),
            "style": self.model.codec.style_dims[name],
            "widget": None if widget is None else asdict(widget),
        }
        if isinstance(form, CellsForm):
            words = {column: list(form.categories.get(column, ())) for column in form.columns}
            described["columns"] = words
        return described


def _about(run: Run) -> str:
    names = run.model.names
    count = "one modality" if len(names) == 1 else f"{len(names)} modalities"
    steps = run.record["training"].get("steps")
    trained = f", trained for {steps:,} steps" if steps else ""
    return (
        f"A model of {count}, {', '.join(names)}; method {run.config.model.method}{trained};"
        f" data: {run.record['data']}."
    )


def _records(run: Run, data_dir: Path | None) -> tuple[Data | None, tuple[str, ...]]:
    """Return the data of a run, or the embedded sample with a remark where it cannot be read."""
    try:
        return run.data(data_dir), ()
    except MmcoreError as error:
        reason = f"The records of the training cannot be read ({error})."
    if run.config.data.study is not None:
        return None, (f"{reason} Give values of your own.",)
    config, model = run.config, run.config.model
    sample = DataConfig(mode="sample", pairings=config.data.pairings)
    stored = run.model.codec.stored
    data = open_data(sample, model.modalities, run.catalogue, config.data_seed, stored)
    return data, (f"{reason} The records on this page are those of the embedded sample.",)
