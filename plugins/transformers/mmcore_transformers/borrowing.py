"""Data sets of other modalities, which these two read in their own way."""

from mmcore import Catalogue, MmcoreError
from mmcore.data import Dataset

__all__ = ["borrowed"]

OURS = ("hf-text", "hf-image")


def borrowed(kind: str, option: str) -> Dataset:
    """Return the data set of the installed modality ``kind``.

    Raises:
        MmcoreError: it has none, or is one that borrows itself.
    """
    catalogue = Catalogue.discover()
    made = catalogue.dataset(kind)
    if made is None or kind in OURS:
        raise MmcoreError(
            f"the option {option} names '{kind}', which brings no data of its own; name another modality"
        )
    dataset: Dataset = made.configured(catalogue.settings("modality", kind, {}))
    return dataset
