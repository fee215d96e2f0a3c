"""Time of a training step by method and number of modalities, in turns within one process.

    uv run python benchmarks/methods.py

Modalities are synthetic vectors of 64 numbers with linear networks, so that what is measured is what
the methods add to the networks, not the networks. One thread, batch 256, content 16.
"""

import statistics
from time import perf_counter

import torch

from mmcore import Batch, Model, Noise
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.plugins import ComponentSpec
from mmcore.testing import catalogue_of

METHODS = {
    "mmjsd": {},
    "mvae": {},
    "mmvae": {},
    "mmvae iwae, K = 1": {"estimator": "iwae", "draws": 1},
    "mopoe": {},
    "mvtcae": {},
    "mmvaeplus": {},
    "dmvae": {},
}
SUCCESSORS = (
    *("mmvm", "hoelder", "helvae", "mwbvae", "gpoe"),
    *("mcvae", "codevae", "crmvae", "jmvae", "telbo"),
)
COUNTS = (2, 3, 5, 10, 20)
MOST = 5
"""Modalities with which successors are measured; some decode a draw of every subset."""
TURNS = 9


def made(method, count, options):
    spec = ComponentSpec(
        kind="modality",
        name="vector",
        factory="mmcore.testing.linear_gaussian:LinearGaussian",
        settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
    )
    names = {
        f"m{i}": ModalityConfig(kind="vector", settings={"features": 64}) for i in range(count)
    }
    config = ModelConfig(
        modalities=names, content_dim=16, style_dim=2, method=method.split()[0], options=options
    )
    return Model.from_config(config, catalogue=catalogue_of(spec))


def step(model, batch, number):
    model.zero_grad()
    loss = model.objective(model.codec, batch, Noise(len(batch), step=number), 1.0).loss.mean()
    loss.backward()


def main():
    torch.set_num_threads(1)
    print("ms per step, forward and backward (times mmjsd)")
    print(f"{'method':>18}" + "".join(f"{f'M = {count}':>16}" for count in COUNTS))
    every = {**METHODS, **{method: {} for method in SUCCESSORS}}
    table = {method: [] for method in every}
    for count in COUNTS:
        measured = every if count <= MOST else METHODS
        models = {method: made(method, count, options) for method, options in measured.items()}
        batch = Batch.of({f"m{i}": torch.randn(256, 64) for i in range(count)})
        seconds = {method: [] for method in measured}
        for turn in range(TURNS):
            for method, model in models.items():
                start = perf_counter()
                step(model, batch, turn)
                seconds[method].append(perf_counter() - start)
        base = statistics.median(seconds["mmjsd"][1:])
        for method, spent in seconds.items():
            median = statistics.median(spent[1:])
            table[method].append(f"{1e3 * median:.1f} ({median / base:.1f})")
    for method, cells in table.items():
        print(f"{method:>18}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
