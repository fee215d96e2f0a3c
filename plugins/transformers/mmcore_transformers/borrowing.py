"""The data sets of other modalities, as input of ``hf-text`` and ``hf-image``."""

from mmcore import Context, MmcoreError
from mmcore.data import Dataset

__all__ = ["borrowed"]

OURS = ("hf-text", "hf-image")


def borrowed(kind: str, option: str, context: Context) -> Dataset:
    """Return the data set of the installed modality ``kind``.

    Raises:
        MmcoreError: the modality has no data set, or uses that of another modality itself.
    """
    catalogue = context.catalogue
    factory = catalogue.dataset(kind)
    if factory is None or kind in OURS:
        raise MmcoreError(
            f"the option {option} names '{kind}', which has no data of its own; choose another modality"
        )
    dataset: Dataset = factory(catalogue.settings("modality", kind, {}), context)
    return dataset
