import pandas as pd
import pytest
import torch
from mmcore_characters.modality import Characters
from mmcore_characters.reader import CharacterReader
from mmcore_characters.settings import CharacterSettings
from mmcore_characters.symbols import END, UNKNOWN

from mmcore.data.tables import PathResolver, Records
from mmcore.data.tables.records import FrameTable
from mmcore.errors import MmcoreError
from mmcore.plugins import Context
from mmcore.testing import parametrize_checks

TEXTS = ["no finding", "Größe: 4 mm", ""]


@parametrize_checks("modality", "characters")
def test_conforms(check):
    check()


def records(*texts, column="note", folder="."):
    ids = pd.Index([f"p{n}" for n in range(len(texts))])
    table = FrameTable(pd.DataFrame({column: list(texts)}))
    return Records(
        "note", ids, (column,), table, resolve=PathResolver(folder, folder).find, source="a.csv"
    )


def fitted(*texts, **settings):
    actual = CharacterReader(CharacterSettings(**settings)).fit(records(*texts))
    return CharacterReader(CharacterSettings.model_validate(actual)), actual


def test_texts_are_read_and_written_back():
    reader, actual = fitted(*TEXTS)
    assert actual["length"] == 11
    assert set(actual["alphabet"]) == set("".join(TEXTS))
    values = reader.read(records(*TEXTS)).values
    assert values.shape == (3, 11)
    assert values.dtype == torch.uint8
    assert values[2].tolist() == [END] * 11
    assert reader.write(values)["text"].tolist() == TEXTS


def test_longer_texts_and_unknown_characters_at_inference_are_said():
    reader, _ = fitted(*TEXTS)
    actual = reader.read(records("no finding at all", "no Q"))
    assert reader.write(actual.values)["text"].tolist() == ["no finding ", "no \ufffd"]
    assert actual.values[1, 3] == UNKNOWN
    assert "1 texts are longer than 11 characters" in actual.notes[0]
    assert (
        "1 characters are not in the alphabet of the training texts, such as 'Q'" in actual.notes[1]
    )


def test_capitals_are_small_letters_where_asked_for():
    reader, actual = fitted("Aa", "bB", lower=True)
    assert actual["alphabet"] == "ab"
    assert reader.write(reader.read(records("BAAB")).values)["text"].tolist() == ["ba"]


def test_files_of_a_folder_are_texts_and_must_be_utf8(tmp_path):
    (tmp_path / "a.txt").write_text("one\n", encoding="utf-8")
    reader = CharacterReader(CharacterSettings(length=4, alphabet="eno"))
    values = reader.read(records("a.txt", column="path", folder=tmp_path)).values
    assert reader.write(values)["text"].tolist() == ["one"]
    (tmp_path / "b.txt").write_bytes("Größe".encode("latin-1"))
    with pytest.raises(MmcoreError, match=r"b.txt' is not UTF-8 \(byte 2 is 0xf6\)"):
        reader.read(records("b.txt", column="path", folder=tmp_path))


def test_what_cannot_be_read_is_refused():
    with pytest.raises(MmcoreError, match="are all empty"):
        fitted("", "")
    with pytest.raises(MmcoreError, match="no alphabet or no length"):
        Characters(CharacterSettings(), Context.of(2))
    table = FrameTable(pd.DataFrame({"a": ["x"], "b": ["y"]}))
    with pytest.raises(MmcoreError, match=r"from one column.*gives 2"):
        CharacterReader(CharacterSettings()).fit(Records("n", pd.Index(["p"]), ("a", "b"), table))


@pytest.mark.parametrize("length", [1, 4, 11, 40])
def test_every_length_is_encoded_decoded_and_every_parameter_learns(length):
    modality = Characters(
        CharacterSettings(length=length, alphabet="abc", width=8), Context.of(3, 2)
    )
    x = modality.prepare(torch.randint(0, 5, (4, length), dtype=torch.uint8))
    posterior = modality.encode(x)
    likelihood = modality.decode(posterior.content.loc, posterior.style.loc)
    assert likelihood.event_shape == modality.event_shape == x.shape[1:]
    assert likelihood.mode.shape == x.shape
    loss = (
        -likelihood.log_prob(x).sum()
        + posterior.content.logvar.sum()
        + posterior.style.logvar.sum()
    )
    loss.backward()
    assert all((p.grad != 0).any() for p in modality.parameters())


def test_probabilities_of_symbols_sum_to_one():
    modality = Characters(CharacterSettings(length=3, alphabet="abc", width=8), Context.of(3))
    likelihood = modality.decode(torch.randn(2, 3), torch.randn(2, 0))
    every = torch.cartesian_prod(*[torch.arange(5)] * 3)
    total = sum(likelihood.log_prob(row.expand(2, 3)).exp() for row in every)
    assert torch.allclose(total, torch.ones(2), atol=1e-5)
