"""Figures of a run: generated values, swaps of content and style, the latent space, and losses."""

from collections.abc import Sequence
from pathlib import Path

import torch
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from torch import Tensor
from torch.nn.functional import interpolate

from mmcore.batch import UNKNOWN, Batch
from mmcore.data import Data, Source
from mmcore.inference.representations import AVAILABLE, represent
from mmcore.metrics.scores import attribute_names, base_rates
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.storage.schemas import read_metrics
from mmcore.terminal.escaping import drawn

__all__ = [
    "cross_generation",
    "figures",
    "latent_map",
    "loss_curves",
    "one_of_each",
    "random_samples",
    "swaps",
]

STYLES, SIDE = 10, 10
MAP_ROWS = 1000
LEAST_TILE, MOST_TILE = 32, 128


def figures(model: Model, data: Data, folder: Path, seed: int) -> dict[str, Path]:
    """Draw all figures of a model and return their files by title.

    Arguments:
        model: a trained model.
        data: the data that it was trained on.
        folder: folder of the files.
        seed: seed of random values.
    """
    folder.mkdir(parents=True, exist_ok=True)
    batch, title = one_of_each(data.test), f"data: {data.kind}"
    files = {}
    crossed = folder / "cross_generation.png"
    if cross_generation(model, batch, crossed, title, seed):
        files["Each modality generated from all others; given values above the red line"] = crossed
    for name in model.names:
        file = folder / f"random-{name}.png"
        if random_samples(model, name, file, f"{name}, from the generation prior ({title})", seed):
            files[f"Random samples of {name}: content and style from the generation prior"] = file
        file = folder / f"swaps-{name}.png"
        if swaps(model, batch, name, file, f"{name}: content of the column, style of the row"):
            files[f"{name}: the style of each row with the content of each column"] = file
    file = folder / "latent_map.png"
    latent_map(model, data.test, file, title, seed, data.label_names)
    files["Posterior means of the content given all modalities, colored by label"] = file
    return files


def cross_generation(model: Model, batch: Batch, path: Path, title: str, seed: int = 0) -> bool:
    """Draw each modality generated from all others, as Figures 1 and 2 of the paper.

    A panel for each generated modality: the first rows show the given modalities, then there is a row for
    each random style, which all columns share. A single modality is generated from itself.

    Arguments:
        model: a trained model.
        batch: samples, one for each column.
        path: file of the figure.
        title: title of the figure.
        seed: seed of contents and styles.

    Returns:
        Whether a figure was drawn: a modality without `render` is left out.
    """
    pictures = {name: _pictures(model, name, _prepared(model, name, batch)) for name in model.names}
    rendered = [name for name in model.names if pictures[name] is not None]
    if not rendered:
        return False
    sheets = {}
    for target in rendered:
        given = [name for name in model.names if name != target] or [target]
        rows = [p for name in given if (p := pictures[name]) is not None]
        generated = _generated(model, batch.only(given), target, seed)
        sheets[f"{' + '.join(given)} → {target}"] = _sheet(rows, generated)
    _panels(sheets, title, path)
    return True


def loss_curves(metrics: Path, path: Path, title: str) -> None:
    """Draw every column of ``metrics.jsonl`` over the training steps."""
    lines = read_metrics(metrics)
    if not lines:
        return
    names = [n for n in lines[-1] if n not in ("step", "epoch", "samples_per_second")]
    columns = 3
    height = -(-len(names) // columns)
    figure = Figure(figsize=(4 * columns, 2.6 * height), layout="constrained")
    for axes, name in zip(
        figure.subplots(height, columns, squeeze=False).flat, names, strict=False
    ):
        axes.plot(
            [line["step"] for line in lines], [line.get(name, float("nan")) for line in lines]
        )
        axes.set_title(drawn(f"{name} (nats)"), fontsize=10)
        axes.set_xlabel("step", fontsize=8)
    for axes in figure.axes[len(names) :]:
        axes.set_axis_off()
    figure.suptitle(drawn(title))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


@torch.no_grad()
def random_samples(model: Model, name: str, path: Path, title: str, seed: int = 0) -> bool:
    """Draw a square of samples from the generation prior; return False if the modality has no `render`."""
    noise = Noise(SIDE * SIDE, seed=seed, device=model.device).at("portrait")
    drawn = model.generation_prior.sample(noise)
    return _square(model, name, drawn.content, drawn.styles[name], SIDE, path, title)


@torch.no_grad()
def swaps(model: Model, batch: Batch, name: str, path: Path, title: str) -> bool:
    """Draw values with the style of the row and the content of the column.

    The diagonal shows reconstructions. Return False for a modality without style or `render`.
    """
    if not model.codec.style_dims[name]:
        return False
    encoding = model.codec.encode(batch.only([name]).to(model.device))
    content, style = model.inference(encoding).mean, encoding.styles[name].mean
    n = len(content)
    columns, rows = content.repeat(n, 1), style.repeat_interleave(n, 0)
    return _square(model, name, columns, rows, n, path, title)


def latent_map(
    model: Model,
    source: Source,
    path: Path,
    title: str,
    seed: int = 0,
    names: Sequence[str] | None = None,
) -> None:
    """Draw the two principal components of the joint posterior means, colored by label.

    For binary attributes, the color is the attribute whose base rate is nearest to one half.
    """
    samples = represent(model, source, MAP_ROWS, seed)
    means = samples.content[AVAILABLE].double().numpy()
    points = PCA(min(2, means.shape[1])).fit_transform(means)
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.subplots()
    second = points[:, 1] if points.shape[1] > 1 else 0 * points[:, 0]
    shown, legend = _shown(samples.labels, names)
    dots = axes.scatter(points[:, 0], second, c=shown.numpy(), cmap="tab10", s=8)
    axes.legend(*dots.legend_elements(), title=drawn(legend), fontsize=8)
    axes.set_title(drawn(f"first two principal components ({title})"), fontsize=10)
    figure.savefig(path, dpi=110)


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


def _panels(sheets: dict[str, Tensor], title: str, path: Path) -> None:
    widths = [sheet.shape[2] for sheet in sheets.values()]
    height = max(sheet.shape[1] for sheet in sheets.values())
    size = (sum(widths) / 90, height / 90 + 0.8)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, len(sheets), squeeze=False, width_ratios=widths)[0]
    for axes, (name, sheet) in zip(panels, sheets.items(), strict=True):
        axes.imshow(sheet.permute(1, 2, 0).numpy(), interpolation="nearest")
        axes.set_title(drawn(name))
        axes.set_axis_off()
    figure.suptitle(drawn(title))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def _prepared(model: Model, name: str, batch: Batch) -> Tensor:
    return model.codec[name].prepare(batch.values[name].to(model.device))


def _pictures(model: Model, name: str, x: Tensor) -> Tensor | None:
    pictures = model.codec[name].render(x)
    return None if pictures is None else pictures.detach().float().cpu()


@torch.no_grad()
def _generated(model: Model, given: Batch, target: str, seed: int) -> list[Tensor]:
    content = model.generation(model.codec.encode(given.to(model.device))).mean
    noise = Noise(STYLES, seed=seed, device=model.device).at("figure")
    rows = []
    for style in model.codec.style_prior(target).sample(noise, target):
        likelihood = model.codec.decode(target, content, style.expand(len(content), -1))
        rows.append(_pictures(model, target, likelihood.mode))
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


def _shown(labels: Tensor, names: Sequence[str] | None) -> tuple[Tensor, str]:
    if labels.dim() == 1:
        return labels, "label"
    rates = base_rates(labels)
    balanced = min(range(len(rates)), key=lambda i: abs(rates[i] - 0.5))
    return labels[:, balanced], attribute_names(names, len(rates))[balanced]


def _square(
    model: Model, name: str, content: Tensor, style: Tensor, width: int, path: Path, title: str
) -> bool:
    likelihood = model.codec.decode(name, content, style)
    pictures = model.codec[name].render(likelihood.mode)
    if pictures is None:
        return False
    rows = pictures.float().cpu().split(width)
    sheet = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
    figure = Figure(figsize=(5, 5 * sheet.shape[1] / sheet.shape[2] + 0.4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(sheet.permute(1, 2, 0).numpy(), interpolation="nearest")
    axes.set_axis_off()
    axes.set_title(drawn(title), fontsize=9)
    figure.savefig(path, dpi=130)
    return True
