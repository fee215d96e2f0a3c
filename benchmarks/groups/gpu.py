"""A training step on a GPU."""

from benchmarks.groups.scale import Scale
from benchmarks.harness.plan import Bar, Case, Comparison, Group

BATCHES = {256: 60_000, 4096: 150_000}
"""Samples per second that a step should reach, by batch size."""


def group(scale: Scale) -> Group:
    """Return the group ``gpu``."""
    return Group(
        name="gpu",
        title="A GPU",
        about="mmJSD with the networks of the paper in bfloat16, the batch in memory. Run"
        " `python -m benchmarks --only gpu` on a machine with a GPU.",
        cases=tuple(_case(rows, scale.steps(100)) for rows in BATCHES),
        comparisons=tuple(
            Comparison(
                f"one GPU, batch {rows:,}: samples/s",
                f"mmcore mmjsd, batch {rows:,}",
                kind="rate",
                bar=Bar(">=", rate),
            )
            for rows, rate in BATCHES.items()
        ),
    )


def _case(rows: int, steps: int) -> Case:
    options = {
        "networks": "paper",
        "method": "mmjsd",
        "rows": rows,
        "steps": steps,
        "device": "cuda",
    }
    return Case(f"mmcore mmjsd, batch {rows:,}", "mmcore", "step", options, 1, steps * rows)
