import pytest
import torch

from mmcore.data import TensorView, pair_views
from mmcore.data.joining import join_by_key
from mmcore.errors import MmcoreError


class Keyed(TensorView):
    def __init__(self, keys, labels=None):
        labels = torch.zeros(len(keys), 2) if labels is None else labels
        super().__init__(torch.arange(len(keys)).unsqueeze(1), labels)
        self._keys = keys

    @property
    def keys(self):
        return self._keys


def test_rows_hold_the_same_key_everywhere_and_every_shared_key_once():
    keys = {"a": list("dbxca"), "b": list("abcdy"), "c": list("zcbad")}
    table = join_by_key(keys)
    rows = [
        [keys[name][place] for name, place in zip("abc", row, strict=True)]
        for row in table.tolist()
    ]
    assert rows == [[key] * 3 for key in "dbca"]


def test_views_with_keys_are_joined_once_whatever_their_labels():
    views = {"a": Keyed(list("abc")), "b": Keyed(list("cba"))}
    assert pair_views(views, pairings=20, seed=0).tolist() == [[0, 2], [1, 1], [2, 0]]


def test_views_without_keys_are_paired_by_label():
    plain = TensorView(torch.zeros(4, 1), torch.tensor([0, 1, 0, 1]))
    keyed = Keyed(list("abcd"), labels=torch.tensor([1, 1, 0, 0]))
    table = pair_views({"plain": plain, "keyed": keyed}, pairings=3, seed=0)
    assert len(table) == 12
    assert torch.equal(plain.labels[table[:, 0]], keyed.labels[table[:, 1]])


def test_a_single_view_is_its_own_rows():
    assert pair_views({"a": Keyed(list("abc"))}, pairings=20, seed=0).tolist() == [[0], [1], [2]]


def test_attributes_cannot_be_paired_by_class():
    plain = TensorView(torch.zeros(4, 1), torch.tensor([0, 1, 0, 1]))
    with pytest.raises(MmcoreError, match=r"faces has several labels.*but digits has no keys"):
        pair_views({"faces": Keyed(list("abcd")), "digits": plain}, pairings=1, seed=0)


def test_nothing_in_common_is_one_sentence():
    with pytest.raises(MmcoreError, match=r"share no key.*a x, y; b z"):
        join_by_key({"a": ["x", "y"], "b": ["z"]})


def test_a_key_that_stands_twice_is_named():
    with pytest.raises(MmcoreError, match="b has the key 'x' twice"):
        join_by_key({"a": ["x", "y"], "b": ["y", "x", "x"]})
