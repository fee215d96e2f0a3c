"""Data: views of one modality, sources of batches, and where they come from."""

from mmcore.data.dataset import Dataset, FilesMissing, Split
from mmcore.data.dropping import Dropped
from mmcore.data.opening import OpenedData, open_data
from mmcore.data.order import SampleOrder
from mmcore.data.pairing import Paired, pair_by_label
from mmcore.data.source import Source
from mmcore.data.view import TensorView, View

__all__ = [
    "Dataset",
    "Dropped",
    "FilesMissing",
    "OpenedData",
    "Paired",
    "SampleOrder",
    "Source",
    "Split",
    "TensorView",
    "View",
    "open_data",
    "pair_by_label",
]
