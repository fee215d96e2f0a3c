"""Optimizers, their schedules, clipping and accumulation of gradients."""

import math

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import ConstantLR, OneCycleLR

from mmcore import Batch, Model, Noise
from mmcore.config import ModalityConfig, ModelConfig, TrainingConfig
from mmcore.config.training import AdamSettings
from mmcore.data import SampleOrder, Source
from mmcore.errors import MmcoreError
from mmcore.plugins import Context
from mmcore.testing.linear_gaussian import LinearGaussianWorld
from mmcore.training import TrainingState, fit, make_fabric
from mmcore.training.optimizer import AdamBuilder
from mmcore.training.step import TrainStep, backward

STEPS, RATE = 40, 3e-3


def built(model=None, steps=STEPS, **settings):
    config = TrainingConfig(steps=steps, learning_rate=RATE)
    builder = AdamBuilder(AdamSettings(**settings), Context())
    return builder.build((model or nn.Linear(3, 2)).named_parameters(), config)


def rates(optimization, steps=STEPS):
    """Return the learning rate that each step uses."""
    used = []
    for _ in range(steps):
        used.append(optimization.optimizer.param_groups[0]["lr"])
        optimization.optimizer.step()
        optimization.schedule.step()
    return used


def test_the_default_is_fused_adam_with_the_one_cycle_schedule_of_torch():
    layer = nn.Linear(3, 2)
    update = built(layer)
    assert type(update.optimizer) is Adam
    assert update.optimizer.defaults["fused"] is True
    reference = Adam(layer.parameters(), lr=RATE, fused=True)
    schedule = OneCycleLR(reference, max_lr=RATE, total_steps=STEPS + 1)
    for _ in range(STEPS):
        same = [o.param_groups[0] for o in (update.optimizer, reference)]
        assert same[0]["lr"] == same[1]["lr"]
        assert same[0]["betas"] == same[1]["betas"]
        for part in (update.optimizer, reference, update.schedule, schedule):
            part.step()


def test_cosine_rises_linearly_and_falls_as_a_half_cosine():
    rising = 10
    expected = [RATE * (n + 1) / rising for n in range(rising)]
    expected += [
        RATE * (1 + math.cos(math.pi * (n - rising) / (STEPS - rising))) / 2
        for n in range(rising, STEPS)
    ]
    assert rates(built(schedule="cosine", warmup=0.25)) == pytest.approx(expected, rel=1e-12)


def test_the_cosine_warms_up_over_a_twentieth_by_default():
    used = rates(built(schedule="cosine"))
    assert used[:2] == [RATE / 2, RATE]
    assert used.index(max(used)) == 1


def test_linear_rises_and_falls_linearly():
    expected = [RATE * (n + 1) / 10 for n in range(10)]
    expected += [RATE * (STEPS - n) / (STEPS - 10) for n in range(10, STEPS)]
    assert rates(built(schedule="linear", warmup=0.25)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("warmup", [None, 0.1])
def test_constant_stays_at_the_learning_rate_after_the_warm_up(warmup):
    rising = 0 if warmup is None else 4
    expected = [RATE * (n + 1) / rising for n in range(rising)] + [RATE] * (STEPS - rising)
    assert rates(built(schedule="constant", warmup=warmup)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("schedule", ["one-cycle", "cosine", "linear", "constant"])
@pytest.mark.parametrize("warmup", [0.0, 0.02, 0.2, 1.0])
@pytest.mark.parametrize("steps", [1, 2, 4, 9, 49])
def test_any_share_of_warm_up_of_any_length_stays_below_the_learning_rate(schedule, warmup, steps):
    used = rates(built(steps=steps, schedule=schedule, warmup=warmup), steps)
    assert all(0 < rate <= RATE * (1 + 1e-9) for rate in used)


def test_the_warm_up_of_one_cycle_ends_at_its_share():
    used = rates(built(steps=100, warmup=0.5), 100)
    assert abs(used.index(max(used)) - 50) <= 1


def test_weight_decay_is_decoupled_and_spares_biases():
    layer = nn.Linear(3, 2)
    optimizer = built(layer, weight_decay=0.1).optimizer
    assert type(optimizer) is AdamW
    decay = {id(p): g["weight_decay"] for g in optimizer.param_groups for p in g["params"]}
    assert decay == {id(layer.weight): 0.1, id(layer.bias): 0.0}


def test_an_unknown_schedule_is_one_sentence(vectors):
    config = TrainingConfig(optimizer_options={"schedule": "cosin"})
    model = Model.from_config(
        ModelConfig(modalities={"a": ModalityConfig(kind="vector")}, style_dim=0, content_dim=2),
        catalogue=vectors,
    )
    with pytest.raises(MmcoreError, match="optimizer 'adam': schedule='cosin' is not valid"):
        TrainingState.start(model, config)


# -- accumulation and clipping -----------------------------------------------------------------------


ROWS = 24


def linear(vectors, **config):
    """Return a model, a batch in which values are missing, and the engine."""
    modalities = {
        n: ModalityConfig(kind="vector", settings={"seed": i}) for i, n in enumerate("ab")
    }
    model = Model.from_config(
        ModelConfig(modalities=modalities, content_dim=2, style_dim=1, **config), catalogue=vectors
    )
    world = LinearGaussianWorld.of(2, content_dim=2, features=6, style_dim=1)
    values = dict(zip("ab", world.sample(ROWS).values(), strict=True))
    present = {"a": torch.arange(ROWS) % 5 != 0, "b": torch.arange(ROWS) % 5 != 1}
    fabric = make_fabric(TrainingConfig(accelerator="cpu", precision="32-true", batch_size=ROWS))
    return model, Batch.of(values, present), fabric


@pytest.mark.parametrize("method", ["mmjsd", "mopoe", "mvae", "mvtcae", "mmvae"])
@pytest.mark.parametrize("micros", [2, 3, 4])
def test_accumulated_gradients_are_those_of_the_whole_batch(vectors, method, micros):
    model, batch, fabric = linear(vectors, method=method)
    step = TrainStep(model, steps=10, rows=ROWS, seed=0)
    module = fabric.setup(step)
    gradients, sums = [], []
    for parts in (1, micros):
        terms = list(backward(module, batch.split(parts), 3, fabric))
        assert len(terms) == parts
        gradients.append([p.grad.clone() for p in model.parameters() if p.grad is not None])
        sums.append(torch.stack([t.sums for t in terms]).sum(0))
        model.zero_grad()
    assert any(g.abs().max() > 1e-3 for g in gradients[0])
    assert len(gradients[0]) == len(gradients[1])
    for whole, parted in zip(*gradients, strict=True):
        assert torch.allclose(whole, parted, rtol=1e-4, atol=1e-5)
    assert torch.allclose(*sums, rtol=1e-5)


class Fixed(Source):
    """The same rows at every step."""

    def __init__(self, batch):
        self.batch = batch

    def __len__(self):
        return ROWS

    def fetch(self, indices, noise: Noise):
        return self.batch


class Spy(SGD):
    """Records the norm of the gradient that each step uses."""

    norms: list[float]

    def step(self, closure=None):
        squares = [p.grad.square().sum() for g in self.param_groups for p in g["params"]]
        self.norms.append(float(torch.stack(squares).sum().sqrt()))


def norms(vectors, **training):
    model, batch, fabric = linear(vectors)
    optimizer = Spy(model.parameters(), lr=0.0)
    optimizer.norms = []
    config = TrainingConfig(steps=3, batch_size=ROWS, **training)
    state = TrainingState(0, optimizer, ConstantLR(optimizer, factor=1.0))
    step = TrainStep(model, steps=3, rows=ROWS, seed=0)
    fit(step, Fixed(batch), SampleOrder(ROWS, ROWS, 0), state, config, fabric)
    return optimizer.norms


def test_clipping_bounds_the_norm_and_leaves_smaller_gradients(vectors):
    free = norms(vectors)
    assert min(free) > 1
    limit = max(free) / 2
    assert max(norms(vectors, gradient_clip=limit)) == pytest.approx(limit, rel=1e-4)
    assert norms(vectors, gradient_clip=2 * max(free)) == free


def test_a_batch_that_micro_batches_do_not_divide_is_one_sentence():
    config = TrainingConfig(batch_size=10, accumulate=4, accelerator="cpu")
    with pytest.raises(MmcoreError, match=r"batch size 10 cannot be split into 4.*such as 12"):
        make_fabric(config)


def test_clipping_in_float16_leaves_the_unscaling_to_the_engine():
    config = TrainingConfig(precision="16-mixed", gradient_clip=1.0)
    update = AdamBuilder(AdamSettings(), Context()).build(
        nn.Linear(2, 1).named_parameters(), config
    )
    assert update.optimizer.defaults["fused"] is False
