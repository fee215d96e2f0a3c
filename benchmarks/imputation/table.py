"""The tables of the results, in Markdown."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

REFERENCE, OURS, KNOWN = "ridge", "mmcore", "known answer"
METHODS = (OURS, REFERENCE, "iterative", "15 neighbors", "MOFA+", "soft impute", "column mean")
QUESTION = ["set", "holes", "question"]
KEY = [*QUESTION, "seed"]
LIMIT = 0.02
"""Most that the error may be larger than that of the reference."""


def print_table(paths: list[Path], methods: Sequence[str] = METHODS) -> None:
    """Print the error of each method for each question, a mean over seeds, and summaries.

    Ranks and summaries are those of the questions that all methods have answered.
    """
    lines = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    results = pd.DataFrame(lines).drop_duplicates([*KEY, "method"], keep="last")
    wide = results.pivot(index=KEY, columns="method", values="RMSE")
    errors = wide[[*methods]].dropna()
    means = errors.groupby(QUESTION, sort=False).mean()
    extra = wide.groupby(QUESTION)[KNOWN].mean() if KNOWN in wide else None
    print(_marked(means, extra).to_markdown(index=False, disable_numparse=True), "\n")
    print(_summary(errors).round(2).to_markdown(floatfmt=".2f"), "\n")
    if OURS in methods and REFERENCE in methods:
        _print_difference(errors, means)
    if "coverage" in results:
        covered = results[results.method == OURS].groupby(["set", "holes"])["coverage"].mean()
        print("\nCoverage of the 90 % intervals:\n")
        print(covered.unstack().round(3).to_markdown(floatfmt=".3f"))


def _marked(means: pd.DataFrame, extra: pd.Series | None) -> pd.DataFrame:
    """Return the errors as text, the smallest of each question in bold."""
    best = means.round(3).eq(means.round(3).min(axis=1), axis=0)
    texts = means.map(_number).where(~best, means.map(lambda error: f"**{_number(error)}**"))
    if extra is not None and extra.reindex(means.index).notna().any():
        texts[KNOWN] = extra.reindex(means.index).map(_number, na_action="ignore").fillna("")
    texts = texts.reset_index()
    texts["question"] = [_words(question) for question in texts["question"]]
    texts["set"] = texts["set"].where(~texts["set"].duplicated(), "").map(lambda n: n and f"*{n}*")
    return texts.drop(columns="holes")


def _number(error: float) -> str:
    return f"{error:.3f}".removeprefix("0")


def _words(question: str) -> str:
    given, _, target = question.partition(" > ")
    return f"{target} from {given.replace('+', ' + ')}" if target else question


def _summary(errors: pd.DataFrame) -> pd.DataFrame:
    """Return the mean rank and the mean error of each method."""
    ranks = errors.rank(axis=1)
    by_holes = ranks.groupby("holes").mean().rename(index=lambda holes: f"mean rank, {holes}")
    both = pd.DataFrame({"mean rank": ranks.mean(), "mean error": errors.mean()}).T
    return pd.concat([by_holes, both] if len(by_holes) > 1 else [both])


def _print_difference(errors: pd.DataFrame, means: pd.DataFrame) -> None:
    for name, table in (("mean over seeds", means), ("single seed", errors)):
        worse = table[OURS] - table[REFERENCE]
        print(
            f"{OURS} minus {REFERENCE}, {name}: {len(worse)} questions, mean {worse.mean():.3f},"
            f" better in {(worse < 0).sum()}, worse by more than {LIMIT} in {(worse > LIMIT).sum()}"
        )
        if (worse > LIMIT).any():
            print(worse[worse > LIMIT].round(3).to_string(), "\n")
