"""A small run of two linear-Gaussian modalities, which trains in a second."""

from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from mmcore.config import DataConfig, ModalityConfig, ModelConfig, RunConfig, TrainingConfig
from mmcore.plugins import ComponentSpec
from mmcore.testing import catalogue_of

__all__ = [
    "STEPS",
    "config",
    "same",
    "shortened",
    "vector_catalogue",
    "weights",
    "without_summary",
]

STEPS = 12
SUMMARY = {"data": "sample", "linear_probe": {}, "warnings": [], "last_metrics": {}}


def config(**training):
    """Return the configuration of a run; `STEPS` steps, each with a checkpoint."""
    modalities = {
        n: ModalityConfig(kind="vector", settings={"seed": i}) for i, n in enumerate("ab")
    }
    return RunConfig(
        model=ModelConfig(modalities=modalities, content_dim=2, style_dim=1),
        data=DataConfig(mode="sample", pairings=1, drop=0.2),
        training=TrainingConfig(
            **{"steps": STEPS, "batch_size": 32, "precision": "32-true", "accelerator": "cpu"}
            | {"log_every": 2, "checkpoint_every": 1}
            | training
        ),
        seed=3,
    )


def weights(folder: Path):
    """Return the weights of the finished run in a folder, with those of its generation prior."""
    prior = folder / "model" / "generation_prior.safetensors"
    fitted = load_file(prior) if prior.is_file() else {}
    own = {f"generation prior/{name}": value for name, value in fitted.items()}
    return load_file(folder / "model" / "model.safetensors") | own


def same(one, other):
    """Return whether weights are equal bit for bit."""
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


@contextmanager
def without_summary():
    """Leave out the linear probes and figures of a run, which take more time than its training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmcore.runs.training.job.summarize", lambda *arguments: dict(SUMMARY))
        yield


@contextmanager
def shortened():
    """Train without the regression and the factors of noise, and save figures that are not drawn.

    They take nine tenths of the time of a training of 20 steps on small tables.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmcore.runs.training.setup.fitted_rows", lambda *arguments: None)
        patch.setattr("mmcore.runs.training.setup.fit_noise_factors", lambda *arguments: {})
        patch.setattr("matplotlib.figure.Figure.savefig", _save_blank)
        yield


def _save_blank(figure, path, **options):
    Image.new("RGB", (8, 8), "white").save(path)


def vector_catalogue():
    """Return a catalogue whose one modality, ``vector``, is linear-Gaussian."""
    return catalogue_of(
        ComponentSpec(
            kind="modality",
            name="vector",
            factory="mmcore.testing.linear_gaussian:LinearGaussian",
            settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
            dataset="mmcore.testing.vectors:VectorData",
        )
    )
