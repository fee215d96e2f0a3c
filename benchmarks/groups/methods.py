"""The time of a step of every method."""

from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Case, Comparison, Group

SETTINGS = {
    "mmjsd": {},
    "mvae": {},
    "mmvae": {},
    "mmvae iwae": {"estimator": "iwae", "draws": 1},
    "mopoe": {},
    "mvtcae": {},
    "mmvaeplus": {},
    "dmvae": {},
}
SUCCESSORS = (
    "mmvm",
    "hoelder",
    "helvae",
    "mwbvae",
    "gpoe",
    "mcvae",
    "codevae",
    "crmvae",
    "jmvae",
    "telbo",
)
COUNTS, BASE = (2, 5, 20), 5
"""Numbers of modalities; successors are measured with 5, since some decode a draw of every subset."""


def group(scale: Scale) -> Group:
    """Return the group ``methods``."""
    steps = scale.steps(4)
    pairs = [(method, count) for count in COUNTS for method in SETTINGS]
    pairs += [(method, BASE) for method in SUCCESSORS]
    return Group(
        name="methods",
        title="All methods",
        about="Vectors of 64 numbers with linear networks, batch 256, float32, one thread, with the"
        " optimizer. *mmvae iwae* has one draw. The methods are described in [methods](methods.md).",
        cases=tuple(_case(method, count, steps) for method, count in pairs),
        comparisons=tuple(
            _relative(method) for method in (*SETTINGS, *SUCCESSORS) if method != "mmjsd"
        ),
    )


def _label(method: str, count: int) -> str:
    return f"{method}, {count} modalities"


def _case(method: str, count: int, steps: int) -> Case:
    common = {"networks": "vectors", "rows": ROWS, "precision": "32-true", "steps": steps}
    own = {"method": method.split()[0], "settings": SETTINGS.get(method, {}), "count": count}
    return Case(_label(method, count), "mmcore", "step", common | own, 1, steps, "steps")


def _relative(method: str) -> Comparison:
    of, to = _label(method, BASE), _label("mmjsd", BASE)
    return Comparison(f"time of {method} / mmjsd, {BASE} modalities", of, to, "time")
