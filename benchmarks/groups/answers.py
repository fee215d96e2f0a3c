"""Inference and generation with an untrained model."""

from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Case, Comparison, Group

TASKS = {
    "infer": "joint posterior of all modalities, with a draw",
    "translate": "all modalities from the image of MNIST",
    "generate": "all modalities from the prior",
}


def group(scale: Scale) -> Group:
    """Return the group ``answers``."""
    steps = scale.steps(4)
    options = {"networks": "paper", "method": "mopoe", "rows": ROWS, "steps": steps}
    return Group(
        name="answers",
        title="Inference and generation",
        about="MoPoE with the networks of the paper, 256 records, one thread, float32 in both libraries.",
        cases=tuple(
            Case(f"{side} {task}", side, task, options, 1, steps * ROWS)
            for task in TASKS
            for side in ("mmcore", "MultiVae")
        ),
        comparisons=tuple(
            Comparison(f"mmcore / MultiVae, {text}", f"mmcore {task}", f"MultiVae {task}")
            for task, text in TASKS.items()
        ),
    )
