"""Coverage-guided fuzzing of one reader: python tests/fuzz/run.py csv -max_total_time=60.

Further arguments are those of libFuzzer. An input that ends in an exception is written to the current
folder; once the reader is mended, it goes into the corpus, which the test suite reads.
"""

import sys
import tempfile
import warnings
from pathlib import Path

import atheris

PACKAGES = [
    "mmcore",
    "mmcore_image",
    "mmcore_medical",
    "mmcore_mnist",
    "torchvision.datasets.mnist",
]
"""Whose branches guide the fuzzing."""

with atheris.instrument_imports(include=PACKAGES):
    from readers import CORPUS, READERS, reader


def main() -> None:
    """Fuzz the reader that the command line names; new inputs go to a temporary folder."""
    name, *options = sys.argv[1:]
    if name not in READERS:
        sys.exit(f"unknown reader {name}, expected one of {', '.join(READERS)}")
    warnings.simplefilter("ignore")
    actual = Path(tempfile.mkdtemp())
    limits = ["-timeout=10", "-rss_limit_mb=4096", "-max_len=4096"]
    arguments = [sys.argv[0], *limits, *options, str(actual), str(CORPUS / name)]
    atheris.Setup(arguments, reader(name))
    atheris.Fuzz()


main()
