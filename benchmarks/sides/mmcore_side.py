"""The side of mmcore."""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.sides.models import NAMES, batch_of, model_of
from benchmarks.sides.protocol import run, serve
from mmcore import Noise
from mmcore.config import DataConfig, ModalityConfig, TrainingConfig
from mmcore.data import SampleOrder, Source, open_data
from mmcore.inference import log_likelihood
from mmcore.plugins import Catalogue
from mmcore.training import Tracker, TrainingState, fit, make_fabric
from mmcore.training.step import TrainStep

WARM = 4
"""Steps before the clock starts, and between two readings of it: the loop reads as many batches at once."""
MOST = 14
"""Operators in the table of a profile."""


class Held(Source):
    """One batch in memory, which is returned at every step."""

    def __init__(self, batch):
        self.batch = batch

    def __len__(self):
        return len(self.batch)

    def fetch(self, indices, noise):
        return self.batch


class Clock(Tracker):
    """Reads the clocks at each report; the first report ends the warm-up."""

    def __init__(self, device):
        self.device, self.start, self.end = device, None, None

    def log(self, report):
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        self.end = time.perf_counter(), time.process_time()
        self.start = self.start or self.end

    @property
    def spent(self):
        """The wall time and the CPU time between the first and the last report."""
        seconds, cpu = (b - a for a, b in zip(self.start, self.end, strict=True))
        return {"seconds": seconds, "cpu": cpu}


def training(options, model, source):
    """Return a turn of the training loop, with the optimizer, reports and everything else."""
    device = options.get("device", "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("no GPU at hand")
    warm = options.get("warm", WARM)
    config = TrainingConfig(
        steps=warm + options["steps"],
        batch_size=options["rows"],
        precision=options.get("precision", "auto"),
        accelerator=device,
        log_every=warm,
        checkpoint_every=10**6,
    )
    fabric = make_fabric(config)
    order = SampleOrder(len(source), options["rows"], 0)

    def turn():
        clock = Clock(fabric.device)
        module = TrainStep(model, steps=config.steps, rows=options["rows"], seed=0)
        fit(module, source, order, TrainingState.start(model, config), config, fabric, [clock])
        return clock.spent

    return turn


def step(options):
    """Return a turn of training steps on a batch in memory."""
    model = model_of(options)
    return training(
        options, model, Held(batch_of(model, options["rows"], options.get("missing", 0.0)))
    )


def train(options):
    """Return a turn of training steps, data included."""
    return training(options, model_of(options), opened(options).train)


def opened(options):
    """Return the data: of a folder, or the sample."""
    folder = options.get("folder")
    config = DataConfig(mode="real" if folder else "sample", dir=folder)
    return open_data(config, {n: ModalityConfig(kind=n) for n in NAMES}, Catalogue.discover())


def data(options):
    """Return a turn that reads batches as the loop does."""
    samples, rows = opened(options).train, options["rows"]
    order = SampleOrder(len(samples), rows, 0)
    module = TrainStep(model_of(options), steps=1, rows=rows, seed=0)
    return lambda: [module.batch(samples, order, n).indexed() for n in range(options["steps"])]


def launched(options):
    """Return a turn that trains with the command line, in one process or several, and reads its rate."""
    sizes = ["--steps", options["steps"], "--batch-size", options["rows"], "--set", "log_every=8"]
    arguments = [
        *(sys.executable, "-m", "mmcore", "train", "--out", "run"),
        *("--processes", options["processes"]),
        *("--modalities", ",".join(NAMES), "--data", "sample", "--generation-prior", "standard"),
        *sizes,
    ]

    def turn():
        with tempfile.TemporaryDirectory() as folder:
            spent = run([str(word) for word in arguments], folder, {})[1]
            lines = (Path(folder) / "run" / "metrics.jsonl").read_text().splitlines()
        rates = [json.loads(line)["samples_per_second"] for line in lines[1:]]
        return {**spent, "seconds": options["rows"] / statistics.median(rates)}

    return turn


def bare(options):
    """Return a turn of all encoders and decoders, forward and backward, without anything else."""
    model = model_of(options)
    batch = batch_of(model, options["rows"])
    values = {name: model.codec[name].prepare(x) for name, x in batch.values.items()}
    latent = torch.randn(options["rows"], 20)
    mixed = options.get("precision", "auto") == "auto" and torch.cpu._is_avx512_bf16_supported()

    def turn():
        for _ in range(options["steps"]):
            with torch.autocast("cpu", enabled=mixed):
                total = torch.zeros(())
                for name, x in values.items():
                    q = model.codec[name].encode(x)
                    parts = (t for g in (q.content, q.style) for t in (g.loc, g.logvar))
                    decoded = model.codec[name].decoder(latent).float()
                    total = total + decoded.sum() + sum(part.sum() for part in parts)
            total.backward()
            model.zero_grad()

    return turn


def infer(options):
    """Return a turn that computes the joint posterior of a batch and draws from it."""
    model, rows = model_of(options).eval(), options["rows"]
    values = batch_of(model, rows).values
    return lambda: [
        model.infer(values).rsample(Noise(rows, step=n)) for n in range(options["steps"])
    ]


def translate(options):
    """Return a turn that generates all modalities from one."""
    model = model_of(options).eval()
    values = {"mnist": batch_of(model, options["rows"]).values["mnist"]}
    return lambda: [model.translate(values, seed=n) for n in range(options["steps"])]


def generate(options):
    """Return a turn that samples the prior and decodes the samples."""
    model = model_of(options).eval()
    return lambda: [model.generate(options["rows"], seed=n) for n in range(options["steps"])]


def likelihood(options):
    """Return a turn that estimates the joint log-likelihood of a batch."""
    model = model_of(options).eval()
    batch, draws = batch_of(model, options["rows"]), options["draws"]

    def turn():
        with torch.no_grad():
            encoding = model.codec.encode(batch)
        noise = Noise(options["rows"])
        log_likelihood(model.codec, model.inference, encoding, model.names, noise, draws)

    return turn


def operators(options):
    """Return a turn that lists the operators of a step by their own CPU time."""
    run = step(options)

    def turn():
        run()
        with profile(activities=[ProfilerActivity.CPU]) as profiler:
            run()
        events = [e for e in profiler.key_averages() if e.self_cpu_time_total > 0]
        steps = options["steps"] + WARM
        rows = [(e.key, e.self_cpu_time_total / steps / 1e3, e.count / steps) for e in events]
        rows.sort(key=lambda row: -row[1])
        rest = [sum(column) for column in zip(*(row[1:] for row in rows[MOST:]), strict=True)]
        return {"operators": [*rows[:MOST], ("all others", *rest)]}

    return turn


if __name__ == "__main__":
    serve(
        "benchmarks.sides.mmcore_side",
        {
            "step": step,
            "train": train,
            "data": data,
            "launched": launched,
            "bare": bare,
            "infer": infer,
            "translate": translate,
            "generate": generate,
            "likelihood": likelihood,
            "operators": operators,
        },
    )
