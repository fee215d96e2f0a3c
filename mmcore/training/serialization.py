"""Nested state as a JSON document and a flat dictionary of tensors, without loss."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mmcore.errors import MmcoreError

__all__ = ["pack", "unpack"]


def pack(value: Any, tensors: dict[str, Tensor], path: str) -> Any:
    """Return ``value`` as a JSON document that refers to ``tensors``, to which its tensors are added.

    Tensors, dictionaries, lists and tuples become objects with one key, such as ``{"tensor": path}``;
    numbers, strings and None stay as they are.

    Arguments:
        value: tensors, numbers, strings, None, and dictionaries, lists and tuples of them.
        tensors: tensors by path; tensors of ``value`` are added.
        path: prefix of the paths of its tensors.

    Raises:
        MmcoreError: ``value`` contains an object of another type.

    Example:
        >>> pack({"rate": 0.1, "betas": (0.9, 0.99)}, {}, "state")
        {'dict': [['rate', 0.1], ['betas', {'tuple': [0.9, 0.99]}]]}
    """
    if isinstance(value, Tensor):
        tensors[path] = value.detach().contiguous(memory_format=torch.contiguous_format)
        return {"tensor": path}
    if isinstance(value, Mapping):
        return {"dict": [[k, pack(v, tensors, f"{path}/{k}")] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [pack(v, tensors, f"{path}/{i}") for i, v in enumerate(value)]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise MmcoreError(
        f"{path} of the training is of type {type(value).__name__}, which a checkpoint cannot store; use"
        " tensors, numbers, strings, None, lists, tuples and dictionaries in state_dict()"
    )


def unpack(document: Any, tensors: Mapping[str, Tensor]) -> Any:
    """Return the value of which `pack` has made ``document`` and ``tensors``.

    Raises:
        MmcoreError: `pack` has not made ``document``, or a tensor is missing.
    """
    if not isinstance(document, dict):
        return document
    try:
        [(kind, content)] = document.items()
        if kind == "tensor":
            return tensors[content]
        if kind == "dict":
            return {key: unpack(value, tensors) for key, value in content}
        values = [unpack(value, tensors) for value in content]
        return {"list": list, "tuple": tuple}[kind](values)
    except (KeyError, TypeError, ValueError) as error:
        raise MmcoreError(
            f"the state has {document!r:.60}, expected a value that a checkpoint can store, and tensors in"
            " its other file"
        ) from error
