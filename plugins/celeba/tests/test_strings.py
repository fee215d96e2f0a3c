import numpy as np
import pytest
import torch
from mmcore_celeba.drawing import NAMES, draw_attributes
from mmcore_celeba.strings import KNOWN, LENGTH, SEPARATOR, Descriptions, described, places, read
from mmcore_text.alphabet import decode

from mmcore import MmcoreError, Noise

LONG = [f"attribute_number_{number}" for number in range(20)]


def view(names, attributes):
    return Descriptions(
        [str(n) for n in range(len(attributes))], names, np.asarray(attributes, "uint8")
    )


def test_what_is_there_is_told_in_order_and_what_is_not_is_not():
    messages = described(
        ["5_o_Clock_Shadow", "Bald", "Male"], np.array([[1, 0, 1], [0, 1, 0], [0, 0, 0]])
    )
    assert messages == ["5 o clock shadow, male", "bald", ""]


def test_the_names_that_are_ticked_are_those_of_the_texts_in_their_order():
    known = KNOWN.split(SEPARATOR)
    assert known == sorted(set(known))  # as in the file of CelebA
    for text in described(NAMES, draw_attributes(50, 3)):
        names = text.split(SEPARATOR)
        assert names == [name for name in known if name in names]
    assert len(read(places([SEPARATOR.join(known[:12])]))[0]) < LENGTH


def test_a_text_that_is_too_long_ends_with_a_whole_attribute():
    (messages,) = described(LONG, np.ones((1, 20), dtype=np.uint8))
    words = [name.replace("_", " ") for name in LONG]
    kept = messages.split(", ")
    assert kept == words[: len(kept)]
    assert len(messages) <= LENGTH < len(", ".join(words[: len(kept) + 1]))


def test_strings_start_everywhere_they_may_and_are_redrawn():
    texts = view(LONG[:10], np.tril(np.ones((10, 10))))
    wanted = described(LONG[:10], np.tril(np.ones((10, 10), dtype=np.uint8)))
    starts = {}
    for step in range(30):
        codes = texts.fetch(torch.arange(10).repeat(40), Noise(400, step=step))
        assert read(codes) == wanted * 40
        assert all(text.endswith("*") for text in decode(codes))
        for place, text in enumerate(decode(codes)):
            starts.setdefault(place % 10, set()).add(len(text) - len(text.lstrip("*")))
    # 1200 draws of up to 237 starts; all those that are seen are allowed, and the ends are reached
    for place, text in enumerate(wanted):
        assert min(starts[place]) >= 0
        assert max(starts[place]) <= LENGTH - 2 - len(text)
    assert starts[9] == set(range(LENGTH - 1 - len(wanted[9])))


@pytest.mark.parametrize("length", [254, 255, 256])
def test_strings_that_fill_the_space_are_kept_whole(length):
    text = "a" * length
    texts = view([text], [[1]])
    for step in range(20):
        assert decode(texts.fetch(torch.tensor([0]), Noise(1, step=step)))[0] == text.ljust(
            256, "*"
        )


def test_an_attribute_that_cannot_be_written_is_one_sentence():
    with pytest.raises(MmcoreError, match=r"'ü'.*rename it"):
        view(["Müde"], [[1]])


def test_places_of_the_alphabet_are_read_back():
    assert read(places(["wavy hair, young", ""])) == ["wavy hair, young", ""]
