import pytest
import torch

from mmcore import MmcoreError, Noise
from mmcore.config import DataConfig, ModalityConfig
from mmcore.data import Data, Samples, open_data
from mmcore.testing import catalogue_of

MODALITIES = {name: ModalityConfig(kind="vector") for name in ("a", "b")}


def opened(catalogue, **changes):
    return open_data(DataConfig(mode="sample", **changes), MODALITIES, catalogue, seed=3)


def rows_of(source):
    return source.fetch(torch.arange(len(source)), Noise(len(source)))


def test_a_built_in_data_set_has_splits_labels_masks_and_views(vectors):
    data = opened(vectors, pairings=1)
    assert list(data.splits) == ["train", "test"]
    for samples in data.splits.values():
        batch = rows_of(samples)
        assert torch.equal(batch.labels, samples.labels)
        assert all(torch.equal(batch.present[name], samples.present[name]) for name in "ab")
        assert samples.items == {name: len(view) for name, view in samples.views.items()}
    assert data.items["a"] == {"train": len(data.train.views["a"]), "test": 120}
    assert (data.kind, data.readers, data.train.ids) == ("sample", {}, None)


def test_the_training_source_alone_hides_values(vectors):
    whole, holes = (opened(vectors, drop=drop) for drop in (0.0, 0.4))
    assert whole.training_source is whole.train
    shown = rows_of(holes.training_source)
    assert rows_of(holes.train).complete == {"a", "b"}
    assert 0.3 < 1 - torch.stack(list(shown.present.values())).float().mean() < 0.5
    again = rows_of(holes.training_source)
    assert all(torch.equal(shown.present[name], again.present[name]) for name in "ab")


def test_data_without_records_has_the_same_samples():
    samples = Samples(None, records={"a": "cells"}, items={"a": 3})
    data = Data({"train": samples, "test": samples}, "real")
    light = data.without_records()
    assert light.train.records == {}
    assert light.items == data.items == {"a": {"train": 3, "test": 3}}
    assert data.train.records == {"a": "cells"}


def test_a_modality_without_a_data_set_needs_a_study():
    from mmcore.plugins import ComponentSpec

    spec = ComponentSpec(
        kind="modality",
        name="vector",
        factory="mmcore.testing.linear_gaussian:LinearGaussian",
        settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
    )
    with pytest.raises(MmcoreError, match="'vector' has no data set; use it with a study file"):
        opened(catalogue_of(spec))
