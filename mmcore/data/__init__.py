"""Data: views of one modality, sources of batches, and where they come from."""

from mmcore.data.dataset import Dataset, FilesMissing, Split
from mmcore.data.dropping import Dropped
from mmcore.data.joining import join_by_key, joined
from mmcore.data.opening import OpenedData, open_data
from mmcore.data.order import SampleOrder
from mmcore.data.pairing import Paired, pair_by_label
from mmcore.data.part import Part, held_apart
from mmcore.data.source import Source
from mmcore.data.view import DerivedView, TensorView, View

__all__ = [
    "Dataset",
    "DerivedView",
    "Dropped",
    "FilesMissing",
    "OpenedData",
    "Paired",
    "Part",
    "SampleOrder",
    "Source",
    "Split",
    "TensorView",
    "View",
    "held_apart",
    "join_by_key",
    "joined",
    "open_data",
    "pair_by_label",
]
