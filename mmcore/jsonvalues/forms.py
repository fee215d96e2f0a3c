"""The form in JSON of each modality of a model."""

import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.data.tables import Reader, readers_of
from mmcore.jsonvalues.base import ValueForm
from mmcore.jsonvalues.cells import CellsForm
from mmcore.jsonvalues.numbers import NumbersForm
from mmcore.jsonvalues.pictures import PictureForm
from mmcore.jsonvalues.texts import TextForm
from mmcore.modality import Modality
from mmcore.model import Model

__all__ = ["forms_of"]

CHANNELS = (1, 3)


def forms_of(model: Model) -> dict[str, ValueForm]:
    """Return the form in JSON of the values of each modality.

    A modality that is a table with a column for each element has cells, one with pictures of its values'
    size has pictures, one of texts has texts, and any other one has numbers.

    Arguments:
        model: a trained model, in eval mode.
    """
    readers = _readers(model)
    return {name: _form(model, name, readers.get(name)) for name in model.names}


def _readers(model: Model) -> dict[str, Reader]:
    """Return the readers that can write columns."""
    catalogue, modalities = model.context.catalogue, model.config.modalities
    readable = {
        name: modality
        for name, modality in modalities.items()
        if catalogue.find("modality", modality.kind)[1].reader
    }
    return {n: reader for n, reader in readers_of(readable, catalogue).items() if reader.columns()}


def _form(model: Model, name: str, reader: Reader | None) -> ValueForm:
    modality = model.codec[name]
    likelihood = _typical(model, name)
    mode: Tensor = likelihood.mode
    if _is_picture(modality, mode):
        return PictureForm(name, modality)
    if modality.texts(mode) is not None or _is_text(modality, reader):
        return TextForm(name, modality, reader)
    if reader is not None and len(reader.columns()) == modality.event_shape.numel():
        return CellsForm(name, reader, _categories(modality, likelihood, reader))
    return NumbersForm(name, modality, mode.is_floating_point())


@torch.no_grad()
def _typical(model: Model, name: str) -> Distribution:
    size, style = model.config.content_dim, model.codec.style_dims[name]
    zeros = torch.zeros(1, size + style, device=model.device, dtype=next(model.parameters()).dtype)
    return model.codec.decode(name, *zeros.split([size, style], dim=1))


def _is_picture(modality: Modality, value: Tensor) -> bool:
    """Return whether values are rendered pixel by pixel, and not as a plot."""
    shape = modality.event_shape
    if len(shape) != 3 or shape[0] not in CHANNELS:
        return False
    rendered = modality.render(value)
    return rendered is not None and rendered.shape[-2:] == shape[-2:]


def _is_text(modality: Modality, reader: Reader | None) -> bool:
    """Return whether a reader writes several elements as one column, such as the words of a report."""
    return reader is not None and len(reader.columns()) == 1 and modality.event_shape.numel() > 1


def _categories(
    modality: Modality, likelihood: Distribution, reader: Reader
) -> dict[str, tuple[str, ...]]:
    """Return the categories of each column: those that have a probability, as the reader writes them."""
    probabilities = modality.class_probabilities(likelihood)
    unit = modality.unit()
    if probabilities is None or unit is None:
        return {}
    coded = [
        column for column, is_coded in zip(reader.columns(), unit.isnan(), strict=True) if is_coded
    ]
    sizes = (probabilities[0] > 0).sum(-1).tolist()
    indices = torch.arange(probabilities.shape[-1]).unsqueeze(1).expand(-1, len(unit))
    words = reader.write(indices.to(likelihood.mode.dtype))
    return {
        column: tuple(map(str, words[column][:size]))
        for column, size in zip(coded, sizes, strict=True)
    }
