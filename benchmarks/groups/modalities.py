"""The time of a step by the number of modalities."""

from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Bar, Case, Comparison, Group

OURS = {"mmjsd": (2, 4, 8, 16, 32, 64), "mopoe": (2, 4, 8, 10, 16, 32, 64)}
PEER = (2, 4, 8)


def group(scale: Scale) -> Group:
    """Return the group ``modalities``."""
    cases = [_ours(m, count, scale) for m, counts in OURS.items() for count in counts]
    return Group(
        name="modalities",
        title="2 to 64 modalities",
        about="Vectors of 64 numbers with linear networks, batch 256, float32, one thread: what is measured"
        " is the method and not the networks. MoPoE of mmcore uses all 2^M - 1 subsets up to 8 modalities,"
        " and 128 random ones above; the row *10, all subsets* uses 1,023. MultiVae at 10 modalities is"
        " in the section on memory.",
        cases=(*cases, _ours("mopoe", 10, scale, limit=10), *(_peer(n, scale) for n in PEER)),
        comparisons=(
            Comparison(
                "mmcore mopoe / MultiVae mopoe, 8 modalities",
                label("mmcore", "mopoe", 8),
                label("MultiVae", "mopoe", 8),
                bar=Bar(">=", 20),
            ),
            Comparison(
                "mmcore mopoe / MultiVae mopoe, 4 modalities",
                label("mmcore", "mopoe", 4),
                label("MultiVae", "mopoe", 4),
            ),
            Comparison(
                "mmcore mopoe, 10 modalities, all subsets: ms per step",
                label("mmcore", "mopoe", 10, limit=10),
                kind="absolute",
                scale=1e3,
                bar=Bar("<=", 150),
            ),
            *(_flat(count) for count in (16, 32, 64)),
        ),
    )


def label(side: str, method: str, count: int, limit: int | None = None) -> str:
    """Return the label of a case."""
    return f"{side} {method}, {count} modalities{', all subsets' * bool(limit)}"


def options(method: str, count: int, steps: int, **settings: object) -> dict[str, object]:
    """Return the options of a case."""
    common = {"networks": "vectors", "rows": ROWS, "precision": "32-true", "settings": settings}
    return {**common, "method": method, "count": count, "steps": steps}


def _ours(method: str, count: int, scale: Scale, limit: int | None = None) -> Case:
    steps = scale.steps(8 if count <= 16 and not limit else 4)
    settings = {"limit": limit} if limit else {}
    own = options(method, count, steps, **settings)
    return Case(label("mmcore", method, count, limit), "mmcore", "step", own, 1, steps, "steps")


def _peer(count: int, scale: Scale) -> Case:
    steps = 1 if count == 8 else scale.steps(4)
    own = options("mopoe", count, steps)
    return Case(label("MultiVae", "mopoe", count), "MultiVae", "step", own, 1, steps, "steps")


def _flat(count: int) -> Comparison:
    of, to = label("mmcore", "mmjsd", count), label("mmcore", "mmjsd", 8)
    text = f"mmcore mmjsd, time per modality, {count} modalities / 8"
    return Comparison(text, of, to, "time", scale=8 / count, bar=Bar("<=", 1.2))
