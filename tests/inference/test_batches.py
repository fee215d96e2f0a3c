import torch

from mmcore import Batch, Noise
from mmcore.data import Paired, TensorView
from mmcore.inference import encoded, encoded_batches
from mmcore.inference.representation.batches import EncodedBatch
from mmcore.testing import LinearGaussianWorld


class Model:
    """A codec on the CPU."""

    device = torch.device("cpu")

    def __init__(self, codec):
        self.codec = codec


def source(rows):
    labels = torch.arange(rows) % 2
    views = {name: TensorView(torch.randn(rows, 4), labels) for name in ("m0", "m1")}
    return Paired(views, torch.arange(rows).unsqueeze(1).expand(rows, 2))


def test_batches_are_the_samples_in_order_and_each_has_its_own_noise():
    world, samples = LinearGaussianWorld.of(2), source(10)
    indices = torch.tensor([7, 2, 5])
    whole = encoded(Model(world.codec), samples, indices, seed=1)
    assert torch.equal(whole.labels, indices % 2)
    parts = list(encoded_batches(Model(world.codec), samples, indices, 2, seed=1))
    assert [part.encoding.rows for part in parts] == [2, 1]
    joined = torch.cat([part.encoding.values["m0"] for part in parts])
    assert torch.equal(joined, whole.encoding.values["m0"])
    assert [part.noise for part in parts] == [Noise(2, 1, step=7), Noise(1, 1, step=5)]


def test_rows_that_have_a_subset_keep_their_values_labels_and_as_much_noise():
    world = LinearGaussianWorld.of(2)
    present = {"m1": torch.tensor([True, False, True])}
    values = world.sample(3)
    batch = EncodedBatch(
        world.codec.encode(Batch.of(values, present)), Noise(3), torch.tensor([4, 5, 6])
    )
    having = batch.having(("m0", "m1"))
    assert torch.equal(having.encoding.values["m0"], values["m0"][[0, 2]])
    assert having.labels.tolist() == [4, 6]
    assert having.noise == Noise(2)
    assert batch.having(("m0",)) is batch
