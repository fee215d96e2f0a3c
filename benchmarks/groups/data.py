"""The reading of batches alone."""

from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Bar, Case, Comparison, Group


def group(scale: Scale) -> Group:
    """Return the group ``data``."""
    steps = scale.steps(200)
    ours = {
        "networks": "paper",
        "method": "mmjsd",
        "rows": ROWS,
        "steps": steps,
        "folder": scale.folder,
    }
    peer = {"rows": ROWS, "steps": scale.steps(20)}
    return Group(
        name="data",
        title="Reading batches",
        about="Order, index table and gathering of a batch of 256 pairs of images and texts in memory, one"
        " thread. MultiVae: its data set of tensors with the loader of torch, shuffled.",
        cases=(
            Case("mmcore data", "mmcore", "data", ours, 1, steps * ROWS),
            Case("MultiVae data", "MultiVae", "data", peer, 1, peer["steps"] * ROWS),
        ),
        comparisons=(
            Comparison(
                "data alone, mmcore: samples/s", "mmcore data", kind="rate", bar=Bar(">=", 300_000)
            ),
            Comparison(
                "data alone, mmcore: samples per CPU second",
                "mmcore data",
                kind="rate",
                quantity="cpu",
            ),
            Comparison("data alone, mmcore / MultiVae", "mmcore data", "MultiVae data"),
        ),
    )
