"""Time of a training step with and without bounded posteriors and the guard of the update.

    uv run python benchmarks/guard.py --turns 60

One training on sample data alternates between both in turns of a few steps, so that other load on the
machine meets both alike, and measures CPU time. Without them, the optimizer is called directly.
"""

import argparse
import statistics
from time import process_time

import torch

from mmcore import Model, Posterior
from mmcore.config import DataConfig, ModalityConfig, TrainingConfig
from mmcore.data import SampleOrder, open_data
from mmcore.plugins import Catalogue
from mmcore.training import Tracker, TrainingState, fit, make_fabric
from mmcore.training import step as steps
from mmcore.training.guard import Guard
from mmcore.training.step import TrainStep

NAMES = ("mnist", "svhn", "text")
APPLIED = torch.tensor(True)


class Turns(Tracker):
    """Switches between both after every report, and records the CPU seconds of each turn."""

    def __init__(self):
        self.parts = Guard.update, Posterior.bounded, steps.with_nan_gradient
        self.seconds = {True: [], False: []}
        self.guarded, self.clock = True, process_time()

    def log(self, report):
        self.seconds[self.guarded].append(process_time() - self.clock)
        self.guarded = not self.guarded
        parts = self.parts if self.guarded else (directly, lambda q: q, lambda loss: loss)
        Guard.update, Posterior.bounded, steps.with_nan_gradient = parts
        self.clock = process_time()


def directly(guard, parameters):
    guard._state.optimizer.step()
    return APPLIED


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--steps", type=int, default=4, help="steps of a turn")
    parser.add_argument("--precision", default="auto", help="as of mmcore train")
    options = parser.parse_args()
    total = options.turns * options.steps
    config = TrainingConfig(
        steps=total,
        precision=options.precision,
        log_every=options.steps,
        checkpoint_every=total + 1,
    )
    fabric, catalogue = make_fabric(config), Catalogue.discover()
    modalities = {name: ModalityConfig(kind=name) for name in NAMES}
    data = open_data(DataConfig(mode="sample"), modalities, catalogue)
    model = Model.from_plugins(*NAMES, content_dim=16, style_dim=4)
    step = TrainStep(model, steps=total, rows=config.batch_size, seed=0)
    order, turns = SampleOrder(len(data.train), config.batch_size, 0), Turns()
    fit(step, data.train, order, TrainingState.start(model, config), config, fabric, [turns])
    pairs = list(zip(turns.seconds[True][1:], turns.seconds[False][1:], strict=False))
    ratios = [with_guard / without for with_guard, without in pairs]
    quartiles = statistics.quantiles(ratios, n=4)
    means = [1000 * statistics.median(side) / options.steps for side in zip(*pairs, strict=True)]
    print(f"ms for each step: {means[0]:.1f} with, {means[1]:.1f} without (medians)")
    print(
        f"with / without: {quartiles[1]:.4f} (quartiles {quartiles[0]:.3f} to {quartiles[2]:.3f})"
    )


if __name__ == "__main__":
    main()
