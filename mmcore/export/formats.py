"""The formats of exported parts."""

import logging
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, final

import numpy as np
import torch
from torch.distributions import Distribution
from torch.export import ExportedProgram

from mmcore.errors import MmcoreError
from mmcore.export.parts import Part, Tensors

__all__ = ["FORMATS", "ExportFormat"]


class ExportFormat(ABC):
    """A format of files in which a part of a model is exported.

    MUST: `write`, `run`, `check`.
    """

    suffix: ClassVar[str]

    @abstractmethod
    def check(self) -> None:
        """Check that the packages of this format are installed.

        Raises:
            MmcoreError: one is not.
        """

    @abstractmethod
    def write(self, part: Part, path: Path) -> None:
        """Write a part to a file; the number of rows stays free.

        Raises:
            MmcoreError: the part cannot be exported.
        """

    @abstractmethod
    def run(self, path: Path, inputs: Sequence[Tensors]) -> list[dict[str, np.ndarray]]:
        """Return the outputs of the part in a file, as another program would compute them."""


@final
class TorchExport(ExportFormat):
    """A program of ``torch.export``, which PyTorch runs without the code of the model."""

    suffix = ".pt2"

    def check(self) -> None:
        """PyTorch is always installed."""

    def write(self, part: Part, path: Path) -> None:
        """Write the program, without example inputs, whose format can run code."""
        program = _program(part)
        program.example_inputs = None
        with _quiet():
            torch.export.save(program, path)

    def run(self, path: Path, inputs: Sequence[Tensors]) -> list[dict[str, np.ndarray]]:
        """Return the outputs of the loaded program."""
        module = torch.export.load(path).module()
        with torch.no_grad():
            return [{n: x.numpy() for n, x in module(one).items()} for one in inputs]


@final
class Onnx(ExportFormat):
    """A graph of ONNX, which onnxruntime and other programs run."""

    suffix = ".onnx"

    def check(self) -> None:
        """The extra ``export`` has the packages."""
        missing = [n for n in ("onnx", "onnxscript", "onnxruntime") if find_spec(n) is None]
        if missing:
            raise MmcoreError(
                f"--format onnx needs the package {missing[0]}; install it with"
                " pip install 'mmcore[export]', or choose --format torch-export"
            )

    def write(self, part: Part, path: Path) -> None:
        """Write the graph with its weights in one file."""
        program = _program(part)
        with _reasons(part), _quiet():
            graph = torch.onnx.export(
                program,
                input_names=list(part.inputs),
                output_names=list(part.outputs(part.inputs)),
                dynamo=True,
                verbose=False,
            )
        assert graph is not None, "returned where no file is named"
        graph.save(str(path))

    def run(self, path: Path, inputs: Sequence[Tensors]) -> list[dict[str, np.ndarray]]:
        """Return the outputs under onnxruntime, on the CPU."""
        import onnxruntime

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        used = {own.name for own in session.get_inputs()}
        results = []
        for one in inputs:
            given = {name: value.numpy() for name, value in one.items() if name in used}
            results.append(dict(zip(names, session.run(None, given), strict=True)))
        return results


FORMATS: dict[str, ExportFormat] = {"torch-export": TorchExport(), "onnx": Onnx()}


def _program(part: Part) -> ExportedProgram:
    rows = {name: {0: torch.export.Dim.DYNAMIC} for name in part.inputs}
    with _reasons(part), _quiet(), _unchecked(), torch.no_grad():
        return torch.export.export(
            part.module.eval(), (part.inputs,), dynamic_shapes=(rows,), strict=False
        )


@contextmanager
def _reasons(part: Part) -> Iterator[None]:
    """Raise the errors that torch has for code that it cannot export, as one sentence.

    Its classes of errors are all subclasses of those here.
    """
    try:
        yield
    except (RuntimeError, TypeError, ValueError, NotImplementedError, KeyError) as error:
        cause = _cause(error)
        first = next(filter(None, map(str.strip, str(cause).splitlines())), type(cause).__name__)
        raise MmcoreError(
            f"{part.name} cannot be exported: {first[:200]}; see docs/sharing.md#what-can-be-exported"
        ) from error


def _cause(error: BaseException) -> BaseException:
    """Return the first error: the later ones of the exporter name a step, and no reason."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


@contextmanager
def _unchecked() -> Iterator[None]:
    """Leave out the checks of distributions, which have no form in ONNX, and compute nothing."""
    before = Distribution._validate_args
    Distribution.set_default_validate_args(False)
    try:
        yield
    finally:
        Distribution.set_default_validate_args(before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out warnings and logs of the exporter, which are about its own code."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
