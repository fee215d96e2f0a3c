"""The time of a training step by the share of missing modalities, with rows selected and with rows masked.

    uv run python benchmarks/missing_rows.py
    uv run python benchmarks/missing_rows.py --modalities mnist,text

Each modality of each row is missing with the same probability, and each row keeps at least one. *Selected* is
the training: encoders and decoders run on the rows that have the modality. *Masked* runs them on all rows.
Random values stand for the data. All settings run in turns in one process; the table has medians over the
rounds, as a ratio to the step without missing values of the same round. Data: synthetic.
"""

import argparse
import statistics
from itertools import product
from time import perf_counter

import torch

from mmcore import Batch, Model
from mmcore.training.step import TrainStep

VALUES = {
    "mnist": lambda rows: torch.randint(0, 256, (rows, 1, 28, 28), dtype=torch.uint8),
    "svhn": lambda rows: torch.randint(0, 256, (rows, 3, 32, 32), dtype=torch.uint8),
    "text": lambda rows: torch.randint(0, 71, (rows, 8), dtype=torch.uint8),
}
WAYS = {"selected": Batch.indexed, "masked": lambda batch: batch}


def batch_of(names, rows, share):
    """Return random values, of which ``share`` are missing."""
    draws = torch.rand(rows, len(names), generator=torch.Generator().manual_seed(0))
    present = (draws >= share).scatter(1, draws.argmax(1, keepdim=True), True).unbind(1)
    masks = dict(zip(names, present, strict=True)) if share else None
    return Batch.of({name: VALUES[name](rows) for name in names}, masks)


def seconds(step, optimizer, batch, precision):
    start = perf_counter()
    with torch.autocast("cpu", enabled=precision == "bf16"):
        loss = step.terms(batch, 1).loss.mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--modalities", default="mnist,svhn,text")
    parser.add_argument("--method", default="mmjsd")
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--shares", default="0.2,0.4,0.6,0.8")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--precision", choices=("bf16", "fp32"), default="bf16")
    chosen = parser.parse_args()
    names = chosen.modalities.split(",")
    model = Model.from_plugins(*names, method=chosen.method, content_dim=16, style_dim=4)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    step = TrainStep(model, steps=2, rows=chosen.rows, seed=0)
    shares = [float(share) for share in chosen.shares.split(",")]
    batches = {
        (way, s): WAYS[way](batch_of(names, chosen.rows, s)) for way, s in product(WAYS, shares)
    }
    batches["complete"] = batch_of(names, chosen.rows, 0.0)
    times = {key: [] for key in batches}
    for _ in range(chosen.rounds + 1):
        for key, batch in batches.items():
            times[key].append(seconds(step, optimizer, batch, chosen.precision))
    complete = times["complete"][1:]  # the first round warms up
    print(f"{chosen.method}, {chosen.modalities}, {chosen.rows} rows, {chosen.precision},", end=" ")
    print(
        f"{torch.get_num_threads()} threads; complete: {1e3 * statistics.median(complete):.1f} ms"
    )
    print("| missing | " + " | ".join(WAYS) + " |\n| --- |" + " --- |" * len(WAYS))
    for share in shares:
        ratios = [
            statistics.median(t / c for t, c in zip(times[way, share][1:], complete, strict=True))
            for way in WAYS
        ]
        print(f"| {share:.0%} | " + " | ".join(f"{ratio:.2f}" for ratio in ratios) + " |")


if __name__ == "__main__":
    main()
