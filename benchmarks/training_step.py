"""Samples per second of a training, data included, over those of its bare networks.

    uv run python benchmarks/training_step.py --data-dir ../shared/data

Both run in one process, in turns of a few steps, so that other load on the machine meets both alike.
*Bare* is every encoder and every decoder once, forward and backward, on random tensors that are there
already, with fused Adam and the same precision; a sum of the outputs stands for the loss. *Training*
is everything that ``mmcore train`` does in a step: order, fetch, likelihoods, divergences, the meter.
"""

import argparse
import statistics
from time import perf_counter

import torch

from mmcore import Model
from mmcore.config import DataConfig, ModalityConfig, TrainingConfig
from mmcore.data import SampleOrder, open_data
from mmcore.plugins import Catalogue
from mmcore.training import Tracker, TrainingState, fit, make_fabric
from mmcore.training.step import TrainStep

NAMES = ("mnist", "svhn", "text")


class Bare:
    """The networks alone."""

    def __init__(self, rows, fabric):
        self.model = Model.from_plugins(*NAMES, content_dim=16, style_dim=4)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, fused=True)
        self.model, self.optimizer = fabric.setup(self.model, self.optimizer)
        codec = self.codec = self.model.codec
        raw = {
            "mnist": torch.randint(0, 256, (rows, 1, 28, 28), dtype=torch.uint8),
            "svhn": torch.randint(0, 256, (rows, 3, 32, 32), dtype=torch.uint8),
            "text": torch.randint(0, 71, (rows, 8), dtype=torch.uint8),
        }
        self.values = {name: codec[name].prepare(x.to(fabric.device)) for name, x in raw.items()}
        self.latent = torch.randn(rows, 20, device=fabric.device)
        self.fabric = fabric

    def run(self, steps):
        for _ in range(steps):
            with self.fabric.autocast():
                total = torch.zeros((), device=self.fabric.device)
                for name, x in self.values.items():
                    q = self.codec[name].encode(x)
                    out = self.codec[name].decoder(self.latent)
                    total = (
                        total
                        + out.float().sum()
                        + sum(t.sum() for g in (q.content, q.style) for t in (g.loc, g.logvar))
                    )
            self.fabric.backward(total)
            self.optimizer.step()
            self.optimizer.zero_grad()


class Turns(Tracker):
    """After every turn of the training, gives the bare networks as many steps, and times both."""

    def __init__(self, bare, steps, device):
        self.bare, self.steps, self.device = bare, steps, device
        self.seconds = {"training": [], "bare": []}
        self.clock = perf_counter()

    def wait(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return perf_counter()

    def log(self, report):
        middle = self.wait()
        self.bare.run(self.steps)
        end = self.wait()
        self.seconds["training"].append(middle - self.clock)
        self.seconds["bare"].append(end - middle)
        self.clock = self.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", default=None)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument(
        "--steps",
        type=int,
        default=50,
        help="steps of a turn, the default between two lines of metrics",
    )
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--precision", default="auto", help="as of mmcore train")
    options = parser.parse_args()
    steps = options.turns * options.steps
    config = TrainingConfig(
        steps=steps,
        batch_size=options.rows,
        precision=options.precision,
        log_every=options.steps,
        checkpoint_every=steps + 1,
    )
    fabric, catalogue = make_fabric(config), Catalogue.discover()
    mode = "real" if options.data_dir else "sample"
    modalities = {name: ModalityConfig(kind=name) for name in NAMES}
    data = open_data(DataConfig(mode=mode, dir=options.data_dir), modalities, catalogue)
    model = Model.from_plugins(*NAMES, content_dim=16, style_dim=4)
    turns = Turns(Bare(options.rows, fabric), options.steps, fabric.device)
    step = TrainStep(model, steps=steps, rows=options.rows, seed=0)
    order = SampleOrder(len(data.train), options.rows, 0)
    state = TrainingState.start(model, config)
    turns.clock = perf_counter()
    fit(step, data.train, order, state, config, fabric, [turns])
    seconds = {name: spent[1:] for name, spent in turns.seconds.items()}  # one turn to warm up
    ratios = [b / t for b, t in zip(seconds["bare"], seconds["training"], strict=True)]
    speed = {n: options.steps * options.rows / statistics.median(s) for n, s in seconds.items()}
    print(
        f"data: {data.kind}, {options.rows} rows, {torch.get_num_threads()} threads, {fabric.device}"
    )
    for name, value in speed.items():
        print(f"{name:>9}: {value:8,.0f} samples/s (median of {len(ratios)} turns)")
    quartiles = statistics.quantiles(ratios, n=4)
    print(
        f"training / bare: {statistics.median(ratios):.3f} "
        f"(quartiles {quartiles[0]:.3f} to {quartiles[2]:.3f})"
    )


if __name__ == "__main__":
    main()
