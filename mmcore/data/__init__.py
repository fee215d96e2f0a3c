"""Data: views of one modality, sources of batches, and `open_data`, which opens data of any origin."""

from mmcore.data.data import Data, Samples
from mmcore.data.dataset import Dataset, FilesMissing, Split
from mmcore.data.dropping import Dropped
from mmcore.data.fingerprint import Fingerprint
from mmcore.data.joining import join_by_key, pair_views
from mmcore.data.open import open_data
from mmcore.data.order import BlockShuffle, SampleOrder
from mmcore.data.pairing import Paired, pair_by_label
from mmcore.data.source import Source
from mmcore.data.subset import Subset, split_off
from mmcore.data.view import DerivedView, TensorView, View

__all__ = [
    "BlockShuffle",
    "Data",
    "Dataset",
    "DerivedView",
    "Dropped",
    "FilesMissing",
    "Fingerprint",
    "Paired",
    "SampleOrder",
    "Samples",
    "Source",
    "Split",
    "Subset",
    "TensorView",
    "View",
    "join_by_key",
    "open_data",
    "pair_by_label",
    "pair_views",
    "split_off",
]
