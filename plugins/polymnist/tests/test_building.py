import numpy as np
import pytest
import torch
from mmcore_polymnist import data
from mmcore_polymnist.building import SMALL, arranged, place_on_texture
from mmcore_polymnist.textures import TEXTURES, texture

from mmcore import Noise

LABELS = np.array([3, 1, 3, 1, 1, 0])
COUNT = 400


@pytest.fixture
def digits():
    """A bright square in the middle of each image, of its own size."""
    images = np.zeros((COUNT, 28, 28), np.uint8)
    for place, image in enumerate(images):
        half = 4 + place % 6
        image[14 - half : 14 + half, 14 - half : 14 + half] = 255
    return images


def built(digits, number, seed, translated=False):
    images = np.empty((*digits.shape, 3), np.uint8)
    place_on_texture(digits, texture(number), seed, images, translated=translated)
    return images


def test_each_digit_is_used_once_and_has_a_key_of_its_class():
    order = arranged(LABELS, [0])
    assert sorted(order.order.tolist()) == list(range(6))
    assert order.labels.tolist() == LABELS[order.order].tolist() == [0, 1, 1, 1, 3, 3]
    assert order.keys == ("0.0", "0.1", "1.1", "2.1", "0.3", "1.3")


def test_the_order_depends_on_the_seed_and_the_keys_do_not():
    labels = np.arange(1000) % 10
    one, same, other = (arranged(labels, [seed]) for seed in (1, 1, 2))
    assert np.array_equal(one.order, same.order)
    assert not np.array_equal(one.order, other.order)
    assert one.keys == other.keys


@pytest.mark.parametrize("number", range(len(TEXTURES)))
def test_an_image_is_a_part_of_its_texture_inverted_where_the_digit_is(digits, number):
    images = built(digits, number, [5])
    restored = np.where((digits >= 128)[..., None], 255 - images, images)
    background = built(np.zeros_like(digits), number, [5])
    assert np.array_equal(restored, background)
    windows = np.lib.stride_tricks.sliding_window_view(texture(number), (28, 28), axis=(0, 1))
    # The first row of the first image decides its place, or a few places.
    same = np.flatnonzero((windows[..., 0, :] == background[0, 0].T).all((2, 3)))
    places = [divmod(int(place), windows.shape[1]) for place in same]
    assert any(np.array_equal(windows[p].transpose(1, 2, 0), background[0]) for p in places)


def test_translated_digits_are_smaller_and_reach_every_border(digits):
    digits[:] = 255
    plain = built(np.zeros_like(digits), 0, [5])
    moved = built(digits, 0, [5], translated=True)
    # 127.5 is the only value that an inversion keeps, and a byte is not.
    ink = (plain != moved).all(3)
    assert (ink.sum((1, 2)) == SMALL**2).all()
    rows, columns = ink.any(2), ink.any(1)
    for side in (rows, columns):
        assert set(side.argmax(1)) == set(range(28 - SMALL + 1))


def test_parts_of_a_chunk_do_not_change_the_images(digits, monkeypatch):
    whole = built(digits, 1, [7], translated=True)
    monkeypatch.setattr("mmcore_polymnist.building.CHUNK", 64)
    assert np.array_equal(built(digits, 1, [7], translated=True), whole)


def test_the_modalities_show_the_same_digit_written_by_different_hands(monkeypatch):
    black = np.zeros((40, 40, 3), np.uint8)
    monkeypatch.setattr(data, "texture", lambda number: black)
    one, other = (make(data.PolymnistSettings()).sample("test") for make in (data.M0, data.M1))
    assert one.keys == other.keys
    assert torch.equal(one.labels, other.labels)
    rows = torch.arange(len(one))
    ink, others = (view.fetch(rows, Noise(len(rows))) for view in (one, other))
    assert (ink != others).flatten(1).any(1).float().mean() > 0.9


def test_colors_close_to_gray_are_rare_in_every_texture():
    """An inversion does not change gray: a digit on it cannot be read."""
    for number in range(len(TEXTURES)):
        gray = np.abs(texture(number).astype(int) - 127.5).max(2) < 20
        assert gray.mean() < 0.15, list(TEXTURES)[number]
