"""A tiny experiment on synthetic vectors, with invented numbers in the place of published ones."""

from pydantic import BaseModel

from mmcore.plugins import Context
from mmcore.reporting.experiment import Claim, Experiment, ExperimentModel, PublishedTable

__all__ = ["tiny_experiment"]

TITLE = "representation"


def tiny_experiment(
    settings: BaseModel | None = None, context: Context | None = None
) -> Experiment:
    """Return an experiment of two methods, each without and with subspaces."""
    models = {
        f"{method}{suffix}": ExperimentModel(
            title=f"{method}{suffix}",
            method=method,
            subspaces=bool(size),
            choices={"method": method, "style_dim": size},
        )
        for suffix, size in (("", 0), ("-ms", 1))
        for method in ("mvae", "mmjsd")
    }
    rows = {
        "left": ("linear probe", "a", "accuracy"),
        "both": ("linear probe", "a+b", "accuracy"),
    }
    return Experiment(
        title="Tiny",
        reference="nowhere",
        about="Invented.",
        modalities={"a": "vector", "b": "vector"},
        samples=1000,
        choices={"batch_size": 10, "content_dim": 2},
        models=models,
        metrics=("representation",),
        tables=(
            PublishedTable(
                title=TITLE,
                about="Invented.",
                measures=rows,
                published={"mvae": "0.50 -", "mmjsd": "0.90 0.95"},
            ),
        ),
        claims=(
            Claim(words="it works", table=TITLE, rows=("both",), at_least=(("mmjsd", "mvae"),)),
        ),
    )
