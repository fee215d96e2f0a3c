"""The side of multi-view-AE; its environment has ``multiviewae`` and what it depends on."""

import os
import tempfile

import multiviewae.models as peers
import torch

from benchmarks.sides import networks
from benchmarks.sides.protocol import serve

MODELS = {"mmjsd": "mmJSD", "mopoe": "MoPoEVAE", "mvae": "mVAE", "mvtcae": "mvtCAE"}
CONFIG = """\
model:
  seed_everything: False
  private: {private}
  s_dim: 4
encoder:
  default:
    hidden_layer_dim: [{hidden}]
    non_linear: True
decoder:
  default:
    hidden_layer_dim: [{hidden}]
    non_linear: True
trainer:
  accelerator: cpu
datamodule:
  batch_size: 256
  is_validate: False
out_dir: {folder}
"""


def built(options):
    """Return a model, and random values of its views."""
    sizes = list(networks.SIZES.values())
    hidden = "400" if options["networks"] == "small" else ""
    if options["networks"] == "vectors":
        sizes = [64] * options["count"]
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "config.yaml")
    with open(path, "w") as file:
        # The shared and the private part have the sizes of content and style: 16 and 4.
        private = options["method"] == "mmjsd"
        file.write(
            "# @package _global_\n" + CONFIG.format(hidden=hidden, private=private, folder=folder)
        )
    kind = getattr(peers, MODELS[options["method"]])
    model = kind(cfg=path, input_dim=sizes, z_dim=networks.LATENT)
    return model, [torch.randn(options["rows"], size) for size in sizes]


def step(options):
    """Return a turn of training steps on a batch in memory."""
    model, values = built(options)
    model._training = True
    model.train()
    optimizer = model.configure_optimizers()

    def turn():
        for _ in range(options["steps"]):
            optimizer.zero_grad()
            model.loss_function(values, model(values))["loss"].backward()
            optimizer.step()

    return turn


def train(options):
    """Return a turn of one epoch with the trainer, data included."""
    rows = options["rows"]
    model, values = built({**options, "rows": rows * options["steps"]})
    return lambda: model.fit(*[v.numpy() for v in values], max_epochs=1, batch_size=rows)


if __name__ == "__main__":
    serve("benchmarks.sides.multiviewae_side", {"step": step, "train": train})
