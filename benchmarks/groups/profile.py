"""Where the time of a step goes."""

from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Case, Comparison, Group

NETWORKS = {"paper": "networks of the paper", "small": "one hidden layer of 400"}


def group(scale: Scale) -> Group:
    """Return the group ``profile``."""
    return Group(
        name="profile",
        title="Where the time of a step goes",
        about="mmJSD, batch 256, one thread. The tables list the operators of a step by the time that each"
        " spends itself, from `torch.profiler`, which makes small operators slower; *calls* is per step. The"
        " floor is the bare networks, forward and backward.",
        cases=tuple(case for networks in NETWORKS for case in _cases(networks, scale.steps(8))),
        comparisons=tuple(
            Comparison(
                f"time of a step / its floor, {text}", f"step, {text}", f"floor, {text}", "time"
            )
            for text in NETWORKS.values()
        ),
        most_rounds=5,
    )


def _cases(networks: str, steps: int) -> list[Case]:
    options = {"networks": networks, "method": "mmjsd", "rows": ROWS, "steps": steps}
    tasks = {"step": "step", "floor": "bare", "operators": "operators"}
    return [
        Case(f"{name}, {NETWORKS[networks]}", "mmcore", task, options, 1, steps, "steps")
        for name, task in tasks.items()
    ]
