import pytest
import torch

from mmcore.data import Dropped, Paired, TensorView, pair_by_label
from mmcore.errors import MmcoreError
from mmcore.noise import Noise

LABELS = [torch.tensor([0] * 5 + [1] * 3), torch.tensor([1] * 4 + [0] * 2), torch.tensor([0, 1])]


def test_a_row_joins_items_of_one_class():
    table = pair_by_label(LABELS, pairings=6, seed=0)
    classes = torch.stack([labels[table[:, m]] for m, labels in enumerate(LABELS)], dim=1)
    assert (classes == classes[:, :1]).all()


def test_every_item_is_used_equally_often_to_within_one():
    table = pair_by_label(LABELS, pairings=6, seed=0)
    for m, labels in enumerate(LABELS):
        for label in (0, 1):
            counts = table[:, m].bincount(minlength=len(labels))[labels == label]
            assert counts.max() - counts.min() <= 1
    assert len(table) == 6 * (5 + 4)


def test_pairs_are_many_random_ones_and_follow_the_seed():
    table = pair_by_label(LABELS, pairings=60, seed=0)
    assert torch.equal(table, pair_by_label(LABELS, pairings=60, seed=0))
    assert not torch.equal(table, pair_by_label(LABELS, pairings=60, seed=1))
    assert len(table[:, :2].unique(dim=0)) == 5 * 2 + 3 * 4


def test_one_view_is_not_paired():
    assert pair_by_label(LABELS[:1], pairings=20, seed=0).flatten().tolist() == list(range(8))


def test_views_without_a_common_class_are_refused():
    with pytest.raises(MmcoreError, match="share no label"):
        pair_by_label([torch.tensor([0]), torch.tensor([1])], pairings=1, seed=0)


def paired():
    views = {
        name: TensorView(torch.arange(len(labels)).float().unsqueeze(1), labels)
        for name, labels in zip("abc", LABELS, strict=True)
    }
    return Paired(views, pair_by_label(LABELS, pairings=200, seed=0))


def test_fetch_reads_whole_batches_in_the_order_asked_for():
    source, noise = paired(), Noise(4)
    batch = source.fetch(torch.tensor([3, 0, 7, 3]), noise)
    one = source.fetch(torch.tensor([3]), noise)
    assert len(batch) == 4
    assert torch.equal(batch.values["a"][0], batch.values["a"][3])
    assert torch.equal(batch.values["b"][:1], one.values["b"])


@pytest.mark.parametrize("share", [0.0, 0.4, 0.95])
def test_dropping_hides_the_share_and_leaves_every_sample_something(share):
    source = Dropped(paired(), share, modalities=3, seed=0)
    rows = torch.arange(len(source))
    batch = source.fetch(rows, Noise(len(rows))).checked()
    hidden = 1 - torch.stack(list(batch.present.values())).float().mean()
    # A sample keeps its largest draw: all three are hidden with probability share^3, and one stays.
    assert float(hidden) == pytest.approx(share - share**3 / 3, abs=0.03)
    again = source.fetch(rows, Noise(len(rows), step=9))
    assert all(torch.equal(again.present[n], batch.present[n]) for n in "abc")
