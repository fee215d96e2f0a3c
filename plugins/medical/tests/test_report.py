"""Reports: words and characters, and what is refused."""

import pytest
from mmcore_medical.report.reader import report_reader
from mmcore_medical.report.settings import ReportSettings
from mmcore_medical.report.words import text_of, vocabulary, words_of

from mmcore import MmcoreError

TEXTS = ["No effusion. 2.5 cm.", "No opacity, no effusion.", "Signed: Unmistakable"]


def fitted(records, **options):
    settings = ReportSettings(**{"least": 1, **options})
    return report_reader(ReportSettings.model_validate(report_reader(settings).fit(records)))


@pytest.mark.parametrize("level", ["words", "characters"])
def test_write_is_the_inverse_of_read(records_of, level):
    records = records_of({"text": TEXTS})
    reader = fitted(records, level=level)
    written = reader.write(reader.read(records).values)["text"].tolist()
    assert reader.columns() == ("text",)
    expected = [text.lower() for text in TEXTS]
    assert written == [text_of(words_of(t)) if level == "words" else t for t in expected]
    assert level in reader.describe(records) or level == "words"


def test_a_word_of_few_reports_is_not_kept(records_of):
    records = records_of({"text": TEXTS})
    reader = fitted(records, least=2)
    assert list(reader.fit(records)["symbols"]) == [".", "effusion", "no"]
    reading = reader.read(records)
    assert "unmistakable" not in str(reading.notes) + str(reader.write(reading.values))
    assert any("of the words are not in the vocabulary" in note for note in reading.notes)


def test_a_word_counts_once_a_report():
    assert vocabulary([["a", "a", "b"], ["b"]], most=9, least=2) == ("b",)
    assert vocabulary([["a", "b"], ["b"]], most=1, least=1) == ("b",)


def test_long_reports_are_cut(records_of):
    records = records_of({"text": TEXTS})
    reading = fitted(records, length=2).read(records)
    assert reading.values.shape == (3, 2)
    assert reading.notes == ("3 reports are longer than 2 words and are truncated",)


@pytest.mark.parametrize("level", ["words", "characters"])
def test_a_file_that_is_not_utf8_is_named(tmp_path, records_of, level):
    (tmp_path / "a.txt").write_bytes("Erguss, größer".encode("latin-1"))
    with pytest.raises(MmcoreError, match=r"a\.txt' is not UTF-8 \(byte 10 is 0xf6\)"):
        fitted(records_of([tmp_path / "a.txt"]), level=level)


def test_several_columns_are_refused(records_of):
    with pytest.raises(MmcoreError, match=r"reads texts from one column.* gives 2"):
        fitted(records_of({"a": ["x"], "b": ["y"]}))


def test_no_word_often_enough(records_of):
    with pytest.raises(MmcoreError, match="no word in 9 of its 3"):
        fitted(records_of({"text": TEXTS}), least=9)
