"""Encoders and decoders that torch.compile has compiled."""

import os
import shutil
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from mmcore.errors import MmcoreError, documented
from mmcore.model import Model

__all__ = ["check_compiler", "compiled"]


@documented("training")
def check_compiler() -> None:
    """Check that this machine has the C++ compiler that torch.compile starts.

    Raises:
        MmcoreError: it has none.
    """
    compiler = os.environ.get("CXX") or ("clang++" if sys.platform == "darwin" else "g++")
    if shutil.which(compiler) is None:
        raise MmcoreError(
            f"--compile on needs a C++ compiler, and this machine has no '{compiler}'; install one, set the"
            " variable CXX to another one, or use --compile off"
        )


@contextmanager
def compiled(model: Model) -> Iterator[None]:
    """Compile the networks of all modalities for the time of the block; the first step takes longer.

    The names of parameters stay as they are, and so do checkpoints.

    Raises:
        MmcoreError: a network cannot be compiled.
    """
    from torch._dynamo.exc import TorchDynamoException

    networks = _networks(model)
    for network in networks:
        network.forward = torch.compile(network.forward)
    try:
        with warnings.catch_warnings():
            # torch inspects the inputs of a decoder, which are results of an encoder.
            warnings.filterwarnings("ignore", "The .grad attribute of a Tensor that is not a leaf")
            yield
    except TorchDynamoException as error:
        cause = str(error).strip().splitlines()[0]
        raise MmcoreError(
            f"torch.compile cannot compile the networks: {cause}; use --compile off",
            page="training",
        ) from error
    finally:
        for network in networks:
            del network.forward  # the method of the class is used again


def _networks(model: Model) -> Sequence[nn.Module]:
    return [network for one in model.codec.modalities.values() for network in one.children()]
