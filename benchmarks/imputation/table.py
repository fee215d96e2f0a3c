"""The tables of the results."""

import json
from pathlib import Path

import pandas as pd

REFERENCE, OURS = "ridge", "mmcore"
KEY = ["set", "holes", "question", "seed"]


def print_table(paths: list[Path]) -> None:
    """Print the error of each method for each question, mean ranks, and the distance from the ridge."""
    lines = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    results = pd.DataFrame(lines).drop_duplicates([*KEY, "method"], keep="last")
    wide = results.pivot(index=KEY, columns="method", values="RMSE")
    known = [name for name in ("known answer",) if name in wide]
    methods = wide.drop(columns=known)
    order = methods.rank(axis=1).mean().sort_values().index
    means = wide.groupby(["set", "holes", "question"], sort=False).mean()
    print(means[[*order, *known]].round(3).to_markdown(floatfmt=".3f"), "\n")
    ranks = methods.rank(axis=1)
    print(_summary(methods, ranks)[[*order]].round(3).to_markdown(floatfmt=".3f"), "\n")
    if OURS in methods and REFERENCE in methods:
        worse = methods[OURS] - methods[REFERENCE]
        print(f"{OURS} minus {REFERENCE}: mean {worse.mean():.3f}, largest {worse.max():.3f}")
        print(worse[worse > 0.02].round(3).to_string() if (worse > 0.02).any() else "none over .02")
    if "coverage" in results:
        covered = results[results.method == OURS].groupby(["set", "holes"])["coverage"].mean()
        print(covered.unstack().round(3).to_markdown(floatfmt=".3f"))


def _summary(errors: pd.DataFrame, ranks: pd.DataFrame) -> pd.DataFrame:
    """Return the mean rank by kind of holes, over all, and the mean error over the common questions."""
    by_holes = ranks.groupby("holes").mean().rename(index=lambda holes: f"mean rank, {holes}")
    both = pd.DataFrame({"mean rank": ranks.mean(), "mean error": errors.dropna().mean()}).T
    return pd.concat([by_holes, both])
