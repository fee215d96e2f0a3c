"""Data sets of other modalities, which these two read in their own way."""

from mmcore import Context, MmcoreError
from mmcore.data import Dataset

__all__ = ["borrowed"]

OURS = ("hf-text", "hf-image")


def borrowed(kind: str, option: str, context: Context) -> Dataset:
    """Return the data set of the installed modality ``kind``.

    Raises:
        MmcoreError: it has none, or is one that borrows itself.
    """
    catalogue = context.catalogue
    made = catalogue.dataset(kind)
    if made is None or kind in OURS:
        raise MmcoreError(
            f"the option {option} names '{kind}', which brings no data of its own; name another modality"
        )
    dataset: Dataset = made(catalogue.settings("modality", kind, {}), context)
    return dataset
