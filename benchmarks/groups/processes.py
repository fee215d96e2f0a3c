"""The command ``mmcore train`` with one process and with two."""

from benchmarks.groups import step
from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Bar, Case, Comparison, Group

TWO, THREADS, ONE = "2 processes of 1 thread", "1 process of 2 threads", "1 process of 1 thread"
WAYS = {TWO: (2, 1), THREADS: (1, 2), ONE: (1, 1)}


def group(scale: Scale) -> Group:
    """Return the group ``processes``."""
    steps = scale.steps(48)
    peer = step.peer("mopoe", 2, scale.steps(8))
    return Group(
        name="processes",
        title="One process and two",
        about="The whole command `mmcore train` with mmJSD, the networks of the paper, batch 256 and the"
        " sample of mmcore. The rate is the median of the reports of the run after the first one. The"
        " step of MultiVae has its batch in memory.",
        cases=(*(_case(label, *way, steps) for label, way in WAYS.items()), peer),
        comparisons=(
            Comparison(
                f"mmcore train, {TWO} / step of {peer.label}", TWO, peer.label, bar=Bar(">=", 2.0)
            ),
            Comparison(f"mmcore train, {TWO} / {ONE}", TWO, ONE),
            Comparison(f"mmcore train, {TWO} / {THREADS}", TWO, THREADS),
        ),
        most_rounds=3,
        warms_up=False,
        has_cpu=False,
    )


def _case(label: str, processes: int, threads: int, steps: int) -> Case:
    options = {"processes": processes, "rows": ROWS, "steps": steps}
    return Case(label, "mmcore", "launched", options, threads, ROWS)
