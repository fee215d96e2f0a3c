"""The log-likelihood, the most expensive metric of an evaluation."""

from benchmarks.groups.scale import Scale
from benchmarks.harness.plan import Case, Comparison, Group

ROWS = 16


def group(scale: Scale) -> Group:
    """Return the group ``evaluation``."""
    draws = scale.steps(512)
    options = {"networks": "paper", "rows": ROWS, "draws": draws}
    return Group(
        name="evaluation",
        title="Evaluation: the joint log-likelihood",
        about="16 records of MNIST, SVHN and text, 512 draws for each record, networks of the paper, one"
        " thread, float32 in both libraries. The proposal is the joint posterior: for MoPoE the mixture of"
        " all subsets, for MVTCAE the product. `benchmarks/likelihood.py` measures bfloat16, and"
        " `benchmarks/answers.py` the whole commands `evaluate`, `impute` and `score`.",
        cases=tuple(
            Case(
                f"{side} {m}",
                side,
                "likelihood",
                {**options, "method": m},
                1,
                ROWS * draws,
                "draws",
            )
            for m in ("mopoe", "mvtcae")
            for side in ("mmcore", "MultiVae")
        ),
        comparisons=tuple(
            Comparison(f"mmcore / MultiVae, {m}", f"mmcore {m}", f"MultiVae {m}")
            for m in ("mopoe", "mvtcae")
        ),
    )
