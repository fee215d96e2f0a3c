"""Seconds and memory of a step on faces and texts at the paper's width of 128, on drawn faces.

    uv run python benchmarks/faces.py --rows 8

Each way to train - precision, and blocks kept or computed twice (``checkpointing``) - runs in a process of
its own, so that its peak memory is its own. A step is everything that ``mmcore train`` does in one, the
first left out; the memory of a CPU is that of the whole process, libraries and data included, and of a GPU
what was allocated there.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
from time import perf_counter

import torch

from mmcore import Model
from mmcore.config import DataConfig, ModalityConfig, ModelConfig, TrainingConfig
from mmcore.data import SampleOrder, open_data
from mmcore.plugins import Catalogue
from mmcore.training import Tracker, TrainingState, fit, make_fabric
from mmcore.training.step import TrainStep

NAMES = ("celeba-image", "celeba-text")


class Clock(Tracker):
    """Measures the seconds of each step."""

    def __init__(self, device):
        self.device, self.seconds, self.last = device, [], None

    def log(self, report):
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        now = perf_counter()
        if self.last is not None:
            self.seconds.append(now - self.last)
        self.last = now


def measure(options):
    catalogue = Catalogue.discover()
    config = TrainingConfig(
        steps=options.steps,
        batch_size=options.rows,
        precision=options.precision,
        log_every=1,
        checkpoint_every=options.steps + 1,
    )
    fabric = make_fabric(config)
    settings = {"width": options.width, "checkpointing": options.checkpointing}
    modalities = {name: ModalityConfig(kind=name, settings=settings) for name in NAMES}
    data = open_data(DataConfig(mode="sample"), modalities, catalogue)
    model = Model.from_config(ModelConfig(modalities=modalities, content_dim=32, style_dim=32))
    clock = Clock(fabric.device)
    step = TrainStep(model, steps=options.steps, rows=options.rows, seed=0)
    order = SampleOrder(len(data.train), options.rows, 0)
    fit(step, data.train, order, TrainingState.start(model, config), config, fabric, [clock])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    if fabric.device.type == "cuda":
        peak = torch.cuda.max_memory_allocated() / 2**30
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "seconds": statistics.median(clock.seconds),
        "gib": peak,
        "device": str(fabric.device),
        "threads": torch.get_num_threads(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--precision", help="(of the process that is measured)")
    parser.add_argument("--checkpointing", action="store_true", help="(of the same)")
    options = parser.parse_args()
    if options.precision:
        print(json.dumps(measure(options)))
        return
    for precision in ("32-true", "bf16-mixed"):
        for way in ([], ["--checkpointing"]):
            command = [sys.executable, __file__, *sys.argv[1:], "--precision", precision, *way]
            measured = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            print(
                f"{precision:>10} {'twice' if way else 'kept':>5}: {measured['seconds']:6.2f} s a step,"
                f" {measured['gib']:5.2f} GiB ({measured['parameters']:,} parameters, {options.rows} rows,"
                f" {measured['threads']} threads, {measured['device']})"
            )


if __name__ == "__main__":
    main()
