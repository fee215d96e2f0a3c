"""Values from tensors, arrays, lists, pictures and texts, and values as words."""

import numpy as np
import pytest
import torch
from PIL import Image

import mmcore
from mmcore import MmcoreError, Model


@pytest.fixture(scope="module")
def model():
    return Model.from_plugins("mnist", "svhn", "text", content_dim=3, style_dim=0).eval()


def mean(model, **values):
    return model.infer(values).mean


@pytest.fixture
def digits():
    return np.random.default_rng(0).integers(0, 256, (2, 1, 28, 28), dtype=np.uint8)


def test_arrays_lists_and_pictures_are_the_tensor_of_their_pixels(model, digits):
    own = mean(model, mnist=torch.from_numpy(digits))
    frozen = digits.copy()
    frozen.flags.writeable = False
    pictures = [Image.fromarray(digit[0]) for digit in digits]
    for same in (frozen, digits.astype(int), digits.tolist(), pictures, list(digits)):
        assert torch.equal(mean(model, mnist=same), own)
    assert torch.equal(mean(model, mnist=pictures[1]), mean(model, mnist=digits[1:]))
    torch.testing.assert_close(mean(model, mnist=digits / 255), own)
    both = model.translate({"mnist": digits}, ["text"], present={"mnist": [True, True]})
    assert torch.equal(both["text"], model.translate({"mnist": torch.from_numpy(digits)})["text"])


def test_generated_pictures_are_values(model):
    generated = model.generate(2)
    assert torch.isfinite(model.infer(generated).mean).all()


def test_pictures_have_the_channels_of_the_modality(model):
    colors = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    own = mean(model, svhn=colors.transpose(2, 0, 1)[None])
    assert torch.equal(mean(model, svhn=Image.fromarray(colors)), own)
    gray = Image.fromarray(colors).convert("L")
    assert torch.equal(mean(model, svhn=gray), mean(model, svhn=gray.convert("RGB")))


def test_words_are_words(model):
    words = ["one", "seven"]
    values = model.translate({"text": words}, ["text"])["text"]
    assert all(
        isinstance(word, str) and " " not in word[:1] for word in model.texts("text", values)
    )
    assert model.texts("text", model.codec["text"].tokens(words)) == words
    assert torch.equal(mean(model, text="one"), mean(model, text=["one"]))
    with pytest.raises(MmcoreError, match="the values of 'mnist' are no texts"):
        model.texts("mnist", torch.zeros(1, 1, 28, 28, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            np.zeros((2, 28, 28)),
            r"\(2, 28, 28\), expected \(B, 1, 28, 28\); .* channels: x\[:, None\]",
        ),
        (np.zeros((1, 28, 28)), r"expected \(B, 1, 28, 28\); add the axis of the batch: x\[None\]"),
        (np.zeros((2, 28, 28, 1)), r"move the channels before the rows: x.transpose\(0, 3, 1, 2\)"),
        (np.zeros((2, 1, 32, 28)), r"have the shape \(2, 1, 32, 28\), expected \(B, 1, 28, 28\)"),
        (3.5, r"'mnist' have the shape \(\), expected"),
        (np.full((1, 1, 28, 28), 255.0), r"values from 255 to 255, expected integers from 0"),
        (np.full((1, 1, 28, 28), -1), r"values from -1 to -1, expected integers from 0"),
        ([[1, 2], [3]], r"the values of 'mnist' are no batch"),
        ("seven", r"'mnist' has the text 'seven', expected numbers of the shape \(B, 1, 28, 28\)"),
        (Image.new("L", (28, 30)), r"is 28 x 30, expected 28 x 28; .*picture.resize\(\(28, 28\)\)"),
        (Image.new("I", (28, 28)), r"has the mode 'I', expected 8 bits"),
        (None, r"'mnist' are no batch"),
    ],
)
def test_a_wrong_shape_or_type_is_named(model, given, sentence):
    with pytest.raises(MmcoreError, match=sentence):
        model.infer({"mnist": given})


def test_rows_without_a_number_are_named(model, digits):
    gaps = torch.from_numpy(digits / 255).float()
    gaps[1, 0, 3] = torch.nan
    with pytest.raises(MmcoreError, match=r"'mnist' are NaN or infinite in row 1, .* present="):
        model.infer({"mnist": gaps})
    with pytest.raises(MmcoreError, match="in rows 0, 1,"):
        model.translate({"mnist": torch.full_like(gaps, torch.nan)}, "text")
    absent = {"mnist": [True, False]}
    text = model.codec["text"].tokens(["two", "two"])
    given = {"mnist": gaps, "text": text}
    assert model.infer(given, present=absent).mean.isfinite().all()


def test_wrong_texts_and_names_are_named(model):
    with pytest.raises(MmcoreError, match="the text 'twenty-one' cannot be encoded"):
        model.infer({"text": ["one", "twenty-one"]})
    with pytest.raises(MmcoreError, match=r"'text' takes no pictures.*\(B, 8\)"):
        model.infer({"text": Image.new("L", (8, 1))})
    with pytest.raises(MmcoreError, match=r"no modality 'mnits'.*did you mean 'mnist'"):
        model.infer({"mnits": np.zeros((1, 1, 28, 28))})


def test_public_names_are_listed():
    assert dir(mmcore) == sorted(mmcore.__all__)
    assert "MultimodalVAE" in dir(mmcore)
