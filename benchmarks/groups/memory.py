"""Peak memory of a process that trains."""

from benchmarks.groups import modalities
from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Bar, Case, Comparison, Group

LIMIT = 6.0
"""Largest memory of a process, in GiB, so that the machine does not run out of it."""


def group(scale: Scale) -> Group:
    """Return the group ``memory``."""
    paper = {"networks": "paper", "rows": ROWS, "steps": 2}
    return Group(
        name="memory",
        title="Peak memory",
        about="Resident memory of a new process that trains for a few steps, with Python and torch; *start*"
        f" is the same process with a tiny batch. A process may have {LIMIT:g} GiB; what needs more"
        " is ended.",
        cases=(
            _case("mmcore start", "mmcore", {**paper, "method": "mmjsd", "rows": 2}),
            _case("mmcore mmjsd, networks of the paper", "mmcore", {**paper, "method": "mmjsd"}),
            _case(
                "MultiVae mopoe, networks of the paper", "MultiVae", {**paper, "method": "mopoe"}
            ),
            _case(
                "mmcore mopoe, 10 modalities, all subsets",
                "mmcore",
                modalities.options("mopoe", 10, 2, limit=10),
            ),
            _case("mmcore mmjsd, 64 modalities", "mmcore", modalities.options("mmjsd", 64, 2)),
            *_largest(scale),
        ),
        comparisons=(
            _gib("mmcore mopoe, 10 modalities, all subsets", Bar("<=", 1.0)),
            _gib("mmcore mmjsd, networks of the paper"),
            _gib("MultiVae mopoe, networks of the paper"),
        ),
        most_rounds=1,
        warms_up=False,
    )


def _largest(scale: Scale) -> list[Case]:
    if scale.quick:
        return []
    # The second step takes a multiple of the memory of the first.
    options = modalities.options("mopoe", 10, 2)
    return [_case("MultiVae mopoe, 10 modalities", "MultiVae", options)]


def _case(label: str, side: str, options: dict[str, object]) -> Case:
    task = {"task": "step", "options": options, "limit_gib": LIMIT}
    return Case(label, side, "fresh", task, 1, options["steps"], "steps", limit=900)


def _gib(label: str, bar: Bar | None = None) -> Comparison:
    return Comparison(f"{label}: GiB", label, kind="absolute", quantity="gib", bar=bar)
