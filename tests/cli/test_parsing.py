import pytest

from mmcore.cli.parsing import names
from mmcore.errors import MmcoreError


def test_names_of_modalities():
    assert names("a, b") == {"a": "a", "b": "b"}
    assert names("left=a,right=a") == {"left": "a", "right": "a"}
    assert names("my.dist:a,mine=other:a") == {"a": "my.dist:a", "mine": "other:a"}
    with pytest.raises(MmcoreError, match="has 'a' twice"):
        names("a,other:a")
