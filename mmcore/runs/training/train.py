"""Train from Python with one call."""

from pathlib import Path
from typing import Any

from mmcore.config import RunConfig
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.run import Run
from mmcore.runs.settings.assemble import assemble, default_folder
from mmcore.runs.settings.presets import with_preset
from mmcore.runs.settings.suggestions import announcement, suggestions
from mmcore.runs.training.job import run

__all__ = ["train"]


def train(
    *modalities: str,
    out: str | Path | None = None,
    config: RunConfig | None = None,
    catalogue: Catalogue | None = None,
    preset: str | None = None,
    **choices: Any,
) -> Run:
    """Train a model and return the run, with its ``model``, ``folder`` and ``summary``.

    Arguments:
        modalities: names of installed modalities.
        out: the run's folder; ``runs/NAMES-METHOD-N`` if left out.
        config: a whole configuration, instead of modalities and choices.
        catalogue: where components are found; the installed plug-ins if left out.
        preset: ``paper`` for the settings of the mmJSD paper, for what ``choices`` leave out.
        choices: values other than the defaults, by the names of the command line's options:
            ``steps``, ``seed``, ``content_dim``, ``style_dim``, ``data``, ``data_dir``, ``beta`` ...

    Raises:
        MmcoreError: something is not valid.

    Example:
        >>> import mmcore
        >>> run = mmcore.train("mnist", "text", data="sample", steps=4)  # doctest: +SKIP
        >>> run.summary["linear_probe"]["mnist+text"]  # doctest: +SKIP
    """
    if config is not None and (modalities or choices or preset):
        raise MmcoreError("give train either a config or modalities with choices, not both")
    catalogue, kinds = catalogue or Catalogue.discover(), {name: name for name in modalities}
    choices = with_preset(preset, kinds, choices, catalogue)
    suggested = {} if config else suggestions(kinds, choices, catalogue)
    chosen = config or assemble(kinds, {**choices, **suggested})
    folder = default_folder(chosen) if out is None else RunFolder(Path(out))
    return run(chosen, folder, catalogue=catalogue, notes=announcement(suggested))
