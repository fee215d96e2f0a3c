import json

import pytest
import torch

from mmcore.errors import MmcoreError
from mmcore.training.serialization import pack, unpack

STATE = {
    "state": {
        0: {"step": torch.tensor(3.0), "buffer": torch.randn(2, 3), "count": 7, "none": None},
        12: {"history": [torch.arange(3), torch.ones(2, dtype=torch.bfloat16)], "flag": True},
    },
    "param_groups": [
        {"betas": (0.9, 0.1 + 0.2), "params": [0, 1], "name": "a", "limit": float("inf")}
    ],
    "empty": {},
}


def same(one, other):
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        pairs = zip(one, other, strict=True)
        return type(one) is type(other) and all(same(a, b) for a, b in pairs)
    return type(one) is type(other) and one == other


def test_nested_state_comes_back_with_its_types():
    tensors = {}
    document = json.loads(json.dumps(pack(STATE, tensors, "optimizer")))
    assert same(unpack(document, tensors), STATE)
    assert "optimizer/state/0/buffer" in tensors


def test_another_type_is_one_sentence():
    with pytest.raises(
        MmcoreError, match=r"optimizer/state/0/made of the training is of type object"
    ):
        pack({"state": {0: {"made": object()}}}, {}, "optimizer")
