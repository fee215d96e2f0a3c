"""The ids of the test split."""

import numpy as np
import pandas as pd

from mmcore.noise import derived_seed

__all__ = ["held_out"]


def held_out(
    ids: pd.Index,
    share: float,
    seed: int,
    groups: pd.Series | None = None,
    strata: pd.Series | None = None,
) -> np.ndarray:
    """Return which ids are in the test split, (N,) bool; ids of one group stay together.

    The groups are sorted by stratum, at random within each, and every (1/share)-th is chosen: the share
    of each stratum is exact to within one group.

    Arguments:
        ids: all ids.
        share: of the groups.
        seed: of the order.
        groups: by id; each id is a group if left out.
        strata: a class by id, missing if unknown; a group has the class of its first id.

    Example:
        >>> ids = pd.Index(["a", "b", "c", "d"])
        >>> int(held_out(ids, 0.5, seed=0).sum())
        2
    """
    group = pd.Series(ids, index=ids) if groups is None else groups.reindex(ids)
    stratum = pd.Series("", index=ids) if strata is None else strata.reindex(ids).fillna("")
    first = pd.DataFrame({"group": group, "stratum": stratum}).groupby("group", sort=True).first()
    random = np.random.default_rng(derived_seed("split", seed)).permutation(len(first))
    order = np.lexsort((random, first["stratum"].astype(str).to_numpy()))
    taken = np.floor(share * np.arange(1, len(first) + 1) + 0.5)
    chosen = first.index[order[np.diff(taken, prepend=0) > 0]]
    held: np.ndarray = group.isin(chosen).to_numpy()
    return held
