"""A training with its data, compared with the step alone and with the peers."""

from dataclasses import replace

from benchmarks.groups import step
from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Bar, Case, Comparison, Group


def group(scale: Scale) -> Group:
    """Return the group ``end-to-end``."""
    # The loop reads the batches of four steps together.
    steps = 4
    return Group(
        name="end-to-end",
        title="A training with its data",
        about="mmJSD with the networks of the paper; each step reads its batch from data in memory. The"
        " step of MultiVae has its batch in memory; its trainer reads the batches of one short epoch from a"
        " data set in memory and writes the model at the end.",
        cases=(
            *(case for threads in (1, 2) for case in _cases(threads, steps, scale)),
            _trainer(steps),
        ),
        comparisons=(
            _speed(2, Bar(">=", 2.0)),
            _speed(1, Bar(">=", 1.7)),
            *(_share(threads) for threads in (1, 2)),
            Comparison(
                "mmcore mmjsd with data / trainer of MultiVae mopoe, 1 thread",
                step.label("mmcore", "mmjsd with data", 1),
                step.label("MultiVae", "trainer mopoe", 1),
            ),
        ),
    )


def _cases(threads: int, steps: int, scale: Scale) -> list[Case]:
    alone = step.ours("mmjsd", "mmjsd", threads, steps)
    whole = replace(
        alone,
        label=step.label("mmcore", "mmjsd with data", threads),
        task="train",
        options={**alone.options, "folder": scale.folder},
    )
    return [whole, step.peer("mopoe", threads, scale.steps(2)), alone]


def _trainer(steps: int) -> Case:
    options = {"networks": "paper", "method": "mopoe", "rows": ROWS, "steps": steps}
    label = step.label("MultiVae", "trainer mopoe", 1)
    return Case(label, "MultiVae", "train", options, 1, steps * ROWS)


def _speed(threads: int, bar: Bar) -> Comparison:
    of = step.label("mmcore", "mmjsd with data", threads)
    to = step.label("MultiVae", "mopoe", threads)
    return Comparison(f"{of} / step of {to}", of, to, bar=bar)


def _share(threads: int) -> Comparison:
    of, to = (step.label("mmcore", name, threads) for name in ("mmjsd with data", "mmjsd"))
    return Comparison(f"time of {of} / step alone", of, to, "time", bar=Bar("<=", 1.05))
