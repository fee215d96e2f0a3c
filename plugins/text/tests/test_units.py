"""Characters that a string has, and the unigram model that its likelihood is set beside."""

import math

import pytest
import torch
from mmcore_text.alphabet import ALPHABET, encode
from mmcore_text.modality import Text
from mmcore_text.settings import TextSettings
from mmcore_text.units import unigram

from mmcore.plugins import Context


@pytest.fixture
def modality():
    return Text(TextSettings(width=4), Context.of(2, 1))


def test_characters_are_what_is_written_and_places_are_all(modality):
    actual = modality.unit_counts(encode([" one", "seven", ""]))
    assert {name: count.tolist() for name, count in actual.items()} == {
        "character": [3, 5, 0],
        "place": [8, 8, 8],
    }


def test_the_baseline_has_the_shares_of_the_training_characters(modality):
    """Five a, two b and a blank in a row of eight, and one more of each of the 71."""
    baseline = modality.baseline(encode(["aaaaabb"]).to(torch.uint8))
    total = 8 + len(ALPHABET)
    actual = baseline.log_prob(encode(["aaaaabb", "bbbbbbbb", "zzzzzzzz"]))
    wanted = [
        5 * math.log(6 / total) + 2 * math.log(3 / total) + math.log(2 / total),
        8 * math.log(3 / total),
        8 * math.log(1 / total),
    ]
    assert actual.tolist() == pytest.approx(wanted, rel=1e-5)


def test_all_strings_together_have_probability_one():
    pairs = torch.cartesian_prod(torch.arange(len(ALPHABET)), torch.arange(len(ALPHABET)))
    baseline = unigram(encode(["ab", "aa"], 2), torch.device("cpu"))
    assert baseline.log_prob(pairs).exp().sum().item() == pytest.approx(1, rel=1e-4)
