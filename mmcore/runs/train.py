"""Training from Python, in one call."""

from pathlib import Path
from typing import Any

from mmcore.config import RunConfig
from mmcore.errors import MmcoreError
from mmcore.runs.assemble import assemble, default_folder
from mmcore.runs.folder import RunFolder
from mmcore.runs.job import RunResult, run

__all__ = ["train"]


def train(
    *modalities: str, out: str | Path | None = None, config: RunConfig | None = None, **choices: Any
) -> RunResult:
    """Train a model and return it with its folder and its summary.

    Arguments:
        modalities: names of installed modalities.
        out: the run's folder; ``runs/NAMES-METHOD-N`` if left out.
        config: a whole configuration, instead of modalities and choices.
        choices: what differs from the defaults, by the names of the command line's options:
            ``steps``, ``seed``, ``content_dim``, ``style_dim``, ``data``, ``data_dir``, ``beta`` ...

    Raises:
        MmcoreError: something is not valid.

    Example:
        >>> import mmcore
        >>> result = mmcore.train("mnist", "text", data="sample", steps=4)  # doctest: +SKIP
        >>> result.summary["linear_probe"]["mnist+text"]  # doctest: +SKIP
    """
    if config is not None and (modalities or choices):
        raise MmcoreError("give train either a config or modalities with choices, not both")
    chosen = config or assemble({name: name for name in modalities}, choices)
    folder = default_folder(chosen) if out is None else RunFolder(Path(out))
    return run(chosen, folder)
