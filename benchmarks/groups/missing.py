"""The time of a step by the share of missing values."""

from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Bar, Case, Comparison, Group

SHARES = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8)


def group(scale: Scale) -> Group:
    """Return the group ``missing``."""
    cases = [_case(share, scale.steps(2)) for share in SHARES]
    exact = [_case(share, scale.steps(2), "32-true") for share in (0.0, 0.8)]
    return Group(
        name="missing",
        title="Missing values",
        about="mmJSD, networks of the paper, batch 256, one thread. Each modality of each row is missing with"
        " the same probability, and each row keeps at least one, so that 80 % leaves 37 % of the values."
        " Encoders and decoders run on the rows that have the modality. Losses and gradients equal those of"
        " masked rows (`tests/methods/test_missing_rows.py`).",
        cases=(*cases, *exact),
        comparisons=(
            *(_share(share) for share in SHARES[1:]),
            _share(0.8, "32-true"),
        ),
    )


def label(share: float, precision: str = "auto") -> str:
    """Return the label of a case."""
    return f"mmcore mmjsd, {share:.0%} missing{', fp32' * (precision != 'auto')}"


def _case(share: float, steps: int, precision: str = "auto") -> Case:
    options = {"networks": "paper", "method": "mmjsd", "rows": ROWS, "steps": steps, "warm": 1}
    own = {**options, "missing": share, "precision": precision}
    return Case(label(share, precision), "mmcore", "step", own, 1, steps * ROWS)


def _share(share: float, precision: str = "auto") -> Comparison:
    of, to = label(share, precision), label(0.0, precision)
    bar = Bar("<=", 0.45) if (share, precision) == (0.8, "auto") else None
    suffix = ", fp32" * (precision != "auto")
    return Comparison(
        f"time of a step with {share:.0%} missing / complete{suffix}", of, to, "time", bar=bar
    )
