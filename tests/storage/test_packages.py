"""Files of other packages, found without an import."""

import subprocess
import sys

import pytest

from mmcore.errors import MmcoreError
from mmcore.storage.packages import package_file


def test_a_file_is_found_without_an_import_of_its_package():
    code = (
        "import sys; from mmcore.storage.packages import package_file;"
        " print(package_file('sklearn', 'base.py').is_file(), 'sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "False"]


def test_an_absent_package_is_named():
    with pytest.raises(MmcoreError, match=r"'a\.csv' is a file of the package absent_one"):
        package_file("absent_one", "a.csv")


def test_an_absent_file_is_named():
    with pytest.raises(MmcoreError, match=r"package mmcore has no .absent\.csv."):
        package_file("mmcore", "absent.csv")
