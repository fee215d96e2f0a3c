"""Figures: what a model generates from what it is given, and how its loss went."""

import json
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import interpolate

from mmcore.batch import Batch
from mmcore.model import Model
from mmcore.noise import Noise

__all__ = ["cross_generation", "loss_curves"]

STYLES = 10
LEAST_TILE, MOST_TILE = 32, 128


def cross_generation(model: Model, batch: Batch, path: Path, title: str, seed: int = 0) -> bool:
    """Draw, for every modality, what is generated of it from all the others.

    A panel a target: the first rows are what is given, then one row for each random style, shared
    over the columns. With one modality alone it is given itself. As Figures 1 and 2 of the paper.

    Arguments:
        model: a trained model.
        batch: one sample a column.
        path: where the picture is written.
        title: above it.
        seed: of contents and styles.

    Returns:
        Whether there was anything to draw: a modality without `render` is left out.
    """
    pictures = {name: _pictures(model, name, _prepared(model, name, batch)) for name in model.names}
    drawn = [name for name in model.names if pictures[name] is not None]
    if not drawn:
        return False
    sheets = {}
    for target in drawn:
        given = [name for name in model.names if name != target] or [target]
        rows = [p for name in given if (p := pictures[name]) is not None]
        generated = _generated(model, batch.only(given), target, seed)
        sheets[f"{' + '.join(given)} → {target}"] = _sheet(rows, generated)
    _panels(sheets, title, path)
    return True


def loss_curves(metrics: Path, path: Path, title: str) -> None:
    """Draw every column of ``metrics.jsonl`` over the steps."""
    lines = [json.loads(line) for line in metrics.read_text(encoding="utf-8").splitlines()]
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
        axes.set_title(f"{name} (nats)", fontsize=10)
        axes.set_xlabel("step", fontsize=8)
    for axes in figure.axes[len(names) :]:
        axes.set_axis_off()
    figure.suptitle(title)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _panels(sheets: dict[str, Tensor], title: str, path: Path) -> None:
    widths = [sheet.shape[2] for sheet in sheets.values()]
    height = max(sheet.shape[1] for sheet in sheets.values())
    size = (sum(widths) / 90, height / 90 + 0.8)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, len(sheets), squeeze=False, width_ratios=widths)[0]
    for axes, (name, sheet) in zip(panels, sheets.items(), strict=True):
        axes.imshow(sheet.permute(1, 2, 0).numpy(), interpolation="nearest")
        axes.set_title(name)
        axes.set_axis_off()
    figure.suptitle(title)
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
    """Return (3, height + 2, N * (width + 2)): pictures centred on white, side by side."""
    scale = min(height / pictures.shape[-2], width / pictures.shape[-1])
    size = [round(pictures.shape[-2] * scale), round(pictures.shape[-1] * scale)]
    fitted = interpolate(pictures, size, mode="nearest")
    tile = torch.ones(len(pictures), 3, height + 2, width + 2)
    top, left = (height + 2 - size[0]) // 2, (width + 2 - size[1]) // 2
    tile[:, :, top : top + size[0], left : left + size[1]] = fitted
    return torch.cat(list(tile), dim=2)
