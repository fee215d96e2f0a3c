"""The words for errors of imputed numbers and of imputed categories."""

from dataclasses import dataclass

from mmcore.metrics.imputation.baselines import NEIGHBOURS

__all__ = ["CATEGORIES", "KNN", "MEAN", "METHODS", "MODEL", "NUMBERS", "OBSERVED", "Wording"]

OBSERVED = "all observed modalities"
METHODS = MODEL, KNN, MEAN = "model", "KNN", "column mean"
SAME = (
    f"All numbers of a row are of the same held-out records; '{OBSERVED}' means all other modalities that a"
    " record has."
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for the errors of numbers, or of categories.

    Arguments:
        table: name of the table.
        about: what is measured, and for which baselines.
        quantity: subject of a sentence about imputed values of a modality.
        columns: headings of the methods.
        references: names of the two baselines in a sentence.
    """

    table: str
    about: str
    quantity: str
    columns: tuple[str, str, str]
    references: tuple[str, str]


NUMBERS = Wording(
    table="imputation against baselines",
    about="Root mean squared error of imputed numbers (for columns of tables in standard deviations), of the"
    f" model and of baselines fitted to the training records: the mean of the {NEIGHBOURS} records that are"
    f" nearest in the given modalities (KNN), and the column mean. {SAME}",
    quantity="the root mean squared error of imputed numbers of",
    columns=METHODS,
    references=(f"the {NEIGHBOURS} nearest neighbors", "the column mean"),
)
CATEGORIES = Wording(
    table="imputed categories against baselines",
    about="Share of wrong imputed categories, of the model and of baselines fitted to the training records:"
    f" the most frequent category of the {NEIGHBOURS} records that are nearest in the given modalities (KNN),"
    f" and that of all records. {SAME}",
    quantity="the share of wrong imputed categories of",
    columns=(MODEL, KNN, "most frequent"),
    references=(f"the {NEIGHBOURS} nearest neighbors", "the most frequent category"),
)
