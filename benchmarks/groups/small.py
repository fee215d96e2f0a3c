"""The time of a training step with small networks, where what is not a network counts."""

from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Bar, Case, Comparison, Group

CASES = {
    "mmcore mmjsd": ("mmcore", "step", "mmjsd", {}),
    "multi-view-AE mmjsd": ("multi-view-AE", "step", "mmjsd", {}),
    "mmcore mmjsd fp32": ("mmcore", "step", "mmjsd", {"precision": "32-true"}),
    "mmcore mopoe": ("mmcore", "step", "mopoe", {}),
    "multi-view-AE mopoe": ("multi-view-AE", "step", "mopoe", {}),
    "MultiVae mopoe": ("MultiVae", "step", "mopoe", {}),
    "mmcore networks": ("mmcore", "bare", "mmjsd", {}),
    "mmcore networks fp32": ("mmcore", "bare", "mmjsd", {"precision": "32-true"}),
}


def group(scale: Scale) -> Group:
    """Return the group ``small``."""
    steps = scale.steps(8)
    return Group(
        name="small",
        title="A training step with one hidden layer of 400",
        about="Three vectors with the sizes of MNIST, SVHN and one-hot text (784, 3,072 and 568 numbers),"
        " batch 256, Gaussian likelihoods, one thread. The variances of the likelihoods are parameters in"
        " mmcore and in multi-view-AE, constants in MultiVae. The shared space has 16 dimensions and each"
        " private one 4 in mmJSD; MoPoE of the peers has 20 shared ones.",
        cases=tuple(_case(name, *parts, steps) for name, parts in CASES.items()),
        comparisons=(
            Comparison(
                "small networks, mmcore mmjsd / multi-view-AE mmjsd",
                "mmcore mmjsd",
                "multi-view-AE mmjsd",
                bar=Bar(">=", 1.7),
            ),
            Comparison(
                "mmcore mmjsd fp32 / multi-view-AE mmjsd",
                "mmcore mmjsd fp32",
                "multi-view-AE mmjsd",
            ),
            Comparison("mmcore mopoe / multi-view-AE mopoe", "mmcore mopoe", "multi-view-AE mopoe"),
            Comparison("mmcore mopoe / MultiVae mopoe", "mmcore mopoe", "MultiVae mopoe"),
            Comparison(
                "time of mmcore mmjsd / mmcore networks", "mmcore mmjsd", "mmcore networks", "time"
            ),
            Comparison(
                "time of mmcore mmjsd fp32 / mmcore networks fp32",
                "mmcore mmjsd fp32",
                "mmcore networks fp32",
                "time",
            ),
        ),
    )


def _case(
    label: str, side: str, task: str, method: str, own: dict[str, object], steps: int
) -> Case:
    options = {"networks": "small", "method": method, "rows": ROWS, "steps": steps, **own}
    return Case(label, side, task, options, 1, steps * ROWS)
