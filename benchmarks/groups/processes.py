"""The command ``mmcore train`` with one and with two processes."""

from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Case, Comparison, Group

WAYS = {
    "1 process of 1 thread": (1, 1),
    "1 process of 2 threads": (1, 2),
    "2 processes of 1 thread": (2, 1),
}


def group(scale: Scale) -> Group:
    """Return the group ``processes``."""
    steps = scale.steps(48)
    return Group(
        name="processes",
        title="One process and two",
        about="The whole command `mmcore train` with mmJSD, the networks of the paper, batch 256 and the"
        " sample of mmcore, started by torchrun. The rate is the median of the reports of the run after the"
        " first one.",
        cases=tuple(_case(label, *way, steps) for label, way in WAYS.items()),
        comparisons=tuple(
            Comparison(f"2 processes of 1 thread / {other}", "2 processes of 1 thread", other)
            for other in list(WAYS)[:2]
        ),
        most_rounds=3,
        warms_up=False,
    )


def _case(label: str, processes: int, threads: int, steps: int) -> Case:
    options = {"processes": processes, "rows": ROWS, "steps": steps}
    return Case(label, "mmcore", "launched", options, threads, ROWS)
