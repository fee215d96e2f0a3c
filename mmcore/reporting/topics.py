"""The topics of a report, under which its tables and figures are shown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol, TypeVar, get_args

__all__ = ["HEADINGS", "PICTURES", "TECHNICAL", "Topic", "first_of_topics", "ordered"]

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


class _OfTopic(Protocol):
    """What has a topic, such as a table or a statement."""

    @property
    def topic(self) -> Topic: ...


Item = TypeVar("Item", bound=_OfTopic)


def first_of_topics(items: Iterable[Item], topics: Sequence[Topic], most: int) -> list[Item]:
    """Return at most ``most`` items: the first one of each topic, in order, then the second ones."""
    by_topic: dict[Topic, list[Item]] = {topic: [] for topic in topics}
    for item in items:
        by_topic[item.topic].append(item)
    turns = max(map(len, by_topic.values()), default=0)
    each = [own[turn] for turn in range(turns) for own in by_topic.values() if turn < len(own)]
    return each[:most]
