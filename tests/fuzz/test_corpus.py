"""Each input of the corpus of `run.py` is read, or refused by a sentence."""

import pytest
from fuzz.readers import CORPUS, READERS, reader


@pytest.mark.parametrize("name", READERS)
@pytest.mark.filterwarnings("ignore")
def test_no_input_of_the_corpus_is_a_traceback(name):
    inputs = sorted((CORPUS / name).iterdir())
    assert inputs
    read = reader(name)
    for path in inputs:
        read(path.read_bytes())
