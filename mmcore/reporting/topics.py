"""The topics of a report, under which its tables and figures are shown."""

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

__all__ = ["HEADINGS", "PICTURES", "TECHNICAL", "Topic", "ordered"]

Topic = Literal[
    "overview",
    "variance",
    "imputation",
    "embedding",
    "factors",
    "prediction",
    "survival",
    "records",
    "reconstruction",
    "generation",
    "styles",
    "likelihood",
    "training",
    "other",
]
"""The topic of a table or a figure. The order is that of a report about tables."""

PICTURES: tuple[Topic, ...] = ("reconstruction", "generation", "styles")
"""The first topics of a report about images or other values that are shown as pictures."""

TECHNICAL: tuple[Topic, ...] = ("likelihood", "training", "other")
"""Topics whose tables are folded, because they describe the model and not the data."""

HEADINGS: Mapping[Topic, str] = {
    "overview": "Data",
    "variance": "Variance explained",
    "imputation": "Imputation of missing values",
    "embedding": "Shared representation",
    "factors": "Factors",
    "prediction": "Prediction from the representation",
    "survival": "Survival",
    "records": "Unusual records",
    "reconstruction": "Reconstruction",
    "generation": "Generation",
    "styles": "Content and style",
    "likelihood": "Likelihood",
    "training": "Training",
    "other": "Further tables and figures",
}


def ordered(first: Iterable[Topic]) -> tuple[Topic, ...]:
    """Return all topics, those in ``first`` before the others."""
    return tuple(dict.fromkeys([*first, *get_args(Topic)]))
