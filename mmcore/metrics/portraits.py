"""The figures of an evaluation: random samples, swaps of style and content, a map of the latents."""

from collections.abc import Sequence
from pathlib import Path

import torch
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from torch import Tensor

from mmcore.batch import UNKNOWN, Batch
from mmcore.data import Data, Source
from mmcore.inference.representations import WHATEVER, represent
from mmcore.metrics.figures import cross_generation
from mmcore.metrics.scores import attribute_names, base_rates
from mmcore.model import Model
from mmcore.noise import Noise

__all__ = ["latent_map", "one_of_each", "portraits", "random_samples", "swaps"]

SIDE = 10
MAP_ROWS = 1000


def portraits(model: Model, data: Data, folder: Path, seed: int) -> dict[str, Path]:
    """Draw every figure that can be drawn and return the files by title.

    Arguments:
        model: a trained model.
        data: what it was trained on.
        folder: where the pictures go.
        seed: of whatever is random.
    """
    folder.mkdir(parents=True, exist_ok=True)
    batch, title = one_of_each(data.test), f"data: {data.kind}"
    found = {}
    crossed = folder / "cross_generation.png"
    if cross_generation(model, batch, crossed, title, seed):
        found["Each modality generated from all the others; above the red line what is given"] = (
            crossed
        )
    for name in model.names:
        drawn = folder / f"random-{name}.png"
        if random_samples(model, name, drawn, f"{name}, from the prior ({title})", seed):
            found[f"Random samples of {name}: content and style from the prior"] = drawn
        drawn = folder / f"swaps-{name}.png"
        if swaps(model, batch, name, drawn, f"{name}: content of the column, style of the row"):
            found[f"{name}: the style of each row with the content of each column"] = drawn
    drawn = folder / "latent_map.png"
    latent_map(model, data.test, drawn, title, seed, data.label_names)
    found["Posterior means of the content given everything, coloured by label"] = drawn
    return found


@torch.no_grad()
def random_samples(model: Model, name: str, path: Path, title: str, seed: int = 0) -> bool:
    """Draw a square of samples from the prior; return False where the modality draws none."""
    noise = Noise(SIDE * SIDE, seed=seed, device=model.device).at("portrait")
    content = model.prior.sample(noise, "content")
    style = model.codec.style_prior(name).sample(noise, name)
    return _square(model, name, content, style, SIDE, path, title)


@torch.no_grad()
def swaps(model: Model, batch: Batch, name: str, path: Path, title: str) -> bool:
    """Draw samples with the style of one row and the content of one column.

    The diagonal reconstructs; a modality without a style has nothing to swap.
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
    """Draw the two principal components of the joint posterior means, coloured by label.

    Where labels are attributes it shows the one whose base rate is nearest to one half.
    """
    found = represent(model, source, MAP_ROWS, seed)
    means = found.content[WHATEVER].double().numpy()
    points = PCA(min(2, means.shape[1])).fit_transform(means)
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.subplots()
    second = points[:, 1] if points.shape[1] > 1 else 0 * points[:, 0]
    shown, told = _shown(found.labels, names)
    dots = axes.scatter(points[:, 0], second, c=shown.numpy(), cmap="tab10", s=8)
    axes.legend(*dots.legend_elements(), title=told, fontsize=8)
    axes.set_title(f"first two principal components ({title})", fontsize=10)
    figure.savefig(path, dpi=110)


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
    axes.set_title(title, fontsize=9)
    figure.savefig(path, dpi=130)
    return True


def one_of_each(source: Source) -> Batch:
    """Return one sample of each of the first ten classes, a complete one where there is any.

    Ten samples, where there are no labels or labels are attributes.
    """
    rows = torch.randperm(len(source), generator=torch.Generator().manual_seed(0))[:1000]
    batch = source.fetch(rows, Noise(len(rows)))
    # The fullest first, in the order that was drawn.
    fullest = torch.stack(list(batch.present.values())).sum(0).argsort(descending=True, stable=True)
    if batch.labels is None or batch.labels.dim() > 1:
        first = rows[fullest[:SIDE]]
    else:
        labels = batch.labels[fullest]
        classes = labels[labels != UNKNOWN].unique()[:SIDE]
        first = rows[fullest[[int((labels == label).nonzero()[0, 0]) for label in classes]]]
    return source.fetch(first, Noise(len(first)))
