"""Exporting a model: writing each part, and comparing what it computes with the original."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmcore.errors import MmcoreError, listed
from mmcore.export.formats import FORMATS, ExportFormat
from mmcore.export.manifest import (
    ExportManifest,
    PartRecord,
    described,
    gaussian_record,
    tensors,
)
from mmcore.export.parts import DECODER, ENCODER, Part, Tensors, parts_of
from mmcore.jsonvalues import ValueForm, forms_of, records_data
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.storage.files import atomic
from mmcore.storage.manifest import MANIFEST, FileHash
from mmcore.storage.schemas import write_document

__all__ = ["TOLERANCE", "export_model"]

TOLERANCE = 1e-5
r"""Largest difference of an output, :math:`|a - b| / (1 + |b|)`."""
EXAMPLES, COMPARED = 3, (1, 7)
"""Rows of the examples that are traced, and of the batches that are compared."""


def export_model(
    model: Model, out: Path, format_name: str, names: Sequence[str] | None = None
) -> ExportManifest:
    """Write encoders, decoders and the joint posterior of a model to a new folder.

    Each file is read again and compared with the model, on generated values and with other numbers of rows
    than it was traced with. A posterior that cannot be exported is left out, with the reason in the
    manifest.

    Arguments:
        model: a trained model, in eval mode, on the CPU.
        out: a folder that does not exist.
        format_name: one of `FORMATS`.
        names: modalities; all by default.

    Raises:
        MmcoreError: an encoder or a decoder cannot be exported, an output differs by more than 1e-5, a
            package is missing, or the folder exists; nothing is written then.
    """
    chosen, forms = FORMATS[format_name], _forms(model, names)
    chosen.check()
    if out.exists():
        raise MmcoreError(f"'{out}' already exists; choose another name with --out")
    if not out.absolute().parent.is_dir():
        raise MmcoreError(f"the folder '{out.parent}' of --out does not exist; create it first")
    with atomic(out.absolute()) as temporary:
        temporary.mkdir()
        manifest = _exported(model, forms, chosen, format_name, temporary)
        write_document(temporary / MANIFEST, manifest)
    return manifest


def _forms(model: Model, names: Sequence[str] | None) -> dict[str, ValueForm]:
    for name in names or ():
        model.codec[name]
    return {name: form for name, form in forms_of(model).items() if names is None or name in names}


def _exported(
    model: Model,
    forms: Mapping[str, ValueForm],
    chosen: ExportFormat,
    format_name: str,
    folder: Path,
) -> ExportManifest:
    examples = parts_of(model, _values(model, forms, EXAMPLES, seed=0))
    compared = [
        {part.name: part.inputs for part in parts_of(model, _values(model, forms, rows, seed=rows))}
        for rows in COMPARED
    ]
    parts: dict[str, PartRecord] = {}
    left_out: dict[str, str] = {}
    for part in examples:
        try:
            batches = [batch[part.name] for batch in compared]
            parts[part.name] = _part(part, batches, chosen, folder)
        except MmcoreError as error:
            if part.name.startswith((ENCODER, DECODER)):
                raise _with_remedy(error, forms) from error
            left_out[part.name] = str(error)
    return ExportManifest(
        mmcore=version("mmcore"),
        export_format=format_name,
        plugins=dict(model.origins),
        content_prior=gaussian_record(model.prior),
        modalities=described(model, forms),
        parts=parts,
        left_out=left_out,
    )


def _with_remedy(error: MmcoreError, forms: Mapping[str, ValueForm]) -> MmcoreError:
    if len(forms) == 1:
        return error
    return MmcoreError(
        f"{error}, or name the other modalities with --modalities (of {listed(forms)})"
    )


def _part(part: Part, batches: Sequence[Tensors], chosen: ExportFormat, folder: Path) -> PartRecord:
    path = folder / f"{part.name}{chosen.suffix}"
    chosen.write(part, path)
    results = chosen.run(path, batches)
    originals = [part.outputs(inputs) for inputs in batches]
    difference = max(
        _difference(other[name], own)
        for outputs, other in zip(originals, results, strict=True)
        for name, own in outputs.items()
    )
    if not difference <= TOLERANCE:
        path.unlink()
        raise MmcoreError(
            f"{part.name} differs by {difference:.1e} from the model after the export, expected at most"
            f" {TOLERANCE:.0e}"
        )
    return PartRecord(
        file=path.name,
        hash=FileHash.of(path),
        inputs=tensors(part.inputs),
        outputs=tensors(originals[0]),
        largest_difference=difference,
        compared_rows=sum(COMPARED),
    )


def _difference(one: np.ndarray, other: Tensor) -> float:
    """Return the largest |a - b| / (1 + |b|); infinity where only one of two is missing."""
    a, b = torch.as_tensor(one).double(), other.double()
    if a.shape != b.shape:
        return float("inf")
    same = (a == b) | (a.isnan() & b.isnan())
    apart = ((a - b).abs() / (1 + b.abs())).masked_fill(same, 0.0)
    return float(apart.nan_to_num(nan=torch.inf).max()) if apart.numel() else 0.0


def _values(
    model: Model, forms: Mapping[str, ValueForm], rows: int, seed: int
) -> dict[str, Tensor]:
    """Return generated values as they are stored, with a missing cell in each second row of tables."""
    generated = model.generate(rows, seed=seed)
    written = {name: form.write(generated[name]) for name, form in forms.items()}
    for name, form in forms.items():
        if form.kind == "cells" and len(written[name][0]) > 1:
            for row in written[name][1::2]:
                row[next(iter(row))] = None
    records = [{name: written[name][row] for name in forms} for row in range(rows)]
    samples = records_data(forms, records).splits["new"]
    return dict(samples.fetch(torch.arange(rows), Noise(rows)).values)
