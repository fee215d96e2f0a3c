"""Pictures of values: reconstructions, generated values, and swaps of content and style.

Each function returns None for modalities without `Modality.render`.
"""

import torch
from matplotlib.figure import Figure as Drawing
from torch import Tensor
from torch.nn.functional import interpolate

from mmcore.batch import UNKNOWN, Batch
from mmcore.data import Source
from mmcore.inference.prediction.predictive import style_mean
from mmcore.inference.prediction.styles import in_styles
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.terminal.escaping import drawn

__all__ = [
    "SIDE",
    "STYLES",
    "cross_generation",
    "one_of_each",
    "random_samples",
    "reconstructions",
    "swaps",
]

STYLES, SIDE = 10, 10
LEAST_TILE, MOST_TILE = 32, 128


def one_of_each(source: Source) -> Batch:
    """Return a sample of each of the first ten classes, with all modalities if possible.

    Without labels, or with binary attributes as labels, return ten samples.
    """
    rows = torch.randperm(len(source), generator=torch.Generator().manual_seed(0))[:1000]
    batch = source.fetch(rows, Noise(len(rows)))
    # Samples with most modalities first, otherwise in random order.
    ordered = torch.stack(list(batch.present.values())).sum(0).argsort(descending=True, stable=True)
    if batch.labels is None or batch.labels.dim() > 1:
        first = rows[ordered[:SIDE]]
    else:
        labels = batch.labels[ordered]
        classes = labels[labels != UNKNOWN].unique()[:SIDE]
        first = rows[ordered[[int((labels == label).nonzero()[0, 0]) for label in classes]]]
    return source.fetch(first, Noise(len(first)))


def cross_generation(model: Model, batch: Batch, title: str, seed: int = 0) -> Drawing | None:
    """Draw each modality generated from all others, as Figures 1 and 2 of the paper.

    A panel for each generated modality: the first rows show the given modalities, then there is a row for
    each random style, which all columns share. A single modality is generated from itself.

    Arguments:
        model: a trained model.
        batch: samples, one for each column.
        title: title of the figure.
        seed: seed of contents and styles.
    """
    pictures = {name: _given(model, name, batch) for name in model.names}
    sheets = {}
    for target in model.names:
        if pictures[target] is None:
            continue
        given = [name for name in model.names if name != target] or [target]
        rows = [p for name in given if (p := pictures[name]) is not None]
        generated = _generated(model, batch.only(given), target, seed)
        sheets[f"{' + '.join(given)} → {target}"] = _sheet(rows, generated)
    return _panels(sheets, title) if sheets else None


@torch.no_grad()
def reconstructions(model: Model, batch: Batch, title: str) -> Drawing | None:
    """Draw values above their reconstructions from all modalities of the sample, a panel each."""
    encoding = model.codec.encode(batch.to(model.device))
    content, sheets = model.inference(encoding).mean, {}
    for name in model.names:
        own = _given(model, name, batch)
        likelihood = model.codec.decode(name, content, style_mean(model.codec, encoding, name))
        decoded = _pictures(model, name, likelihood.mode)
        if own is not None and decoded is not None:
            sheets[name] = _sheet([own], [decoded])
    return _panels(sheets, title) if sheets else None


@torch.no_grad()
def random_samples(model: Model, name: str, title: str, seed: int = 0) -> Drawing | None:
    """Draw a square of samples from the generation prior."""
    noise = Noise(SIDE * SIDE, seed=seed, device=model.device).at("portrait")
    sampled = model.generation_prior.sample(noise)
    return _square(model, name, sampled.content, sampled.styles[name], SIDE, title)


@torch.no_grad()
def swaps(model: Model, batch: Batch, name: str, title: str) -> Drawing | None:
    """Draw values with the style of the row and the content of the column.

    The diagonal shows reconstructions. Return None for a modality without style, too.
    """
    if not model.codec.style_dims[name]:
        return None
    encoding = model.codec.encode(batch.only([name]).to(model.device))
    content, style = model.inference(encoding).mean, encoding.styles[name].mean
    n = len(content)
    columns, rows = content.repeat(n, 1), style.repeat_interleave(n, 0)
    return _square(model, name, columns, rows, n, title)


def _panels(sheets: dict[str, Tensor], title: str) -> Drawing:
    widths = [sheet.shape[2] for sheet in sheets.values()]
    height = max(sheet.shape[1] for sheet in sheets.values())
    size = (sum(widths) / 90, height / 90 + 0.8)
    figure = Drawing(figsize=size, layout="constrained")
    panels = figure.subplots(1, len(sheets), squeeze=False, width_ratios=widths)[0]
    for axes, (name, sheet) in zip(panels, sheets.items(), strict=True):
        axes.imshow(sheet.permute(1, 2, 0).numpy(), interpolation="nearest")
        axes.set_title(drawn(name))
        axes.set_axis_off()
    figure.suptitle(drawn(title))
    return figure


def _given(model: Model, name: str, batch: Batch) -> Tensor | None:
    return _pictures(model, name, model.codec[name].prepare(batch.values[name].to(model.device)))


def _pictures(model: Model, name: str, x: Tensor) -> Tensor | None:
    pictures = model.codec[name].render(x)
    return None if pictures is None else pictures.detach().float().cpu()


@torch.no_grad()
def _generated(model: Model, given: Batch, target: str, seed: int) -> list[Tensor]:
    content = model.generation(model.codec.encode(given.to(model.device))).mean
    noise = Noise(STYLES, seed=seed, device=model.device).at("figure")
    values = in_styles(model, target, content, STYLES, noise)
    rows = [_pictures(model, target, value) for value in values]
    return [row for row in rows if row is not None]


def _sheet(given: list[Tensor], generated: list[Tensor]) -> Tensor:
    every = (*given, *generated)
    height = min(max(LEAST_TILE, *(p.shape[-2] for p in every)), MOST_TILE)
    width = max(picture.shape[-1] for picture in every)
    above = [_row(row, height, width) for row in given]
    below = torch.cat([_row(row, height, width) for row in generated], dim=1)
    line = torch.tensor([0.85, 0.1, 0.1]).reshape(3, 1, 1).expand(3, 3, below.shape[2])
    return torch.cat([*above, line, below], dim=1) if given else below


def _row(pictures: Tensor, height: int, width: int) -> Tensor:
    """Return (3, height + 2, N * (width + 2)): images centered on white, side by side."""
    scale = min(height / pictures.shape[-2], width / pictures.shape[-1])
    size = [round(pictures.shape[-2] * scale), round(pictures.shape[-1] * scale)]
    fitted = interpolate(pictures, size, mode="nearest")
    tile = torch.ones(len(pictures), 3, height + 2, width + 2)
    top, left = (height + 2 - size[0]) // 2, (width + 2 - size[1]) // 2
    tile[:, :, top : top + size[0], left : left + size[1]] = fitted
    return torch.cat(list(tile), dim=2)


def _square(
    model: Model, name: str, content: Tensor, style: Tensor, width: int, title: str
) -> Drawing | None:
    likelihood = model.codec.decode(name, content, style)
    pictures = _pictures(model, name, likelihood.mode)
    if pictures is None:
        return None
    sheet = torch.cat([torch.cat(list(row), dim=2) for row in pictures.split(width)], dim=1)
    figure = Drawing(figsize=(5, 5 * sheet.shape[1] / sheet.shape[2] + 0.4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(sheet.permute(1, 2, 0).numpy(), interpolation="nearest")
    axes.set_axis_off()
    axes.set_title(drawn(title), fontsize=9)
    return figure
