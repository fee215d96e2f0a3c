"""The side of MultiVae; its environment has ``multivae`` and what it depends on."""

import tempfile

import torch
from multivae.data.datasets.base import DatasetOutput, MultimodalBaseDataset
from multivae.models import (
    MMVAE,
    MVAE,
    MVTCAE,
    MMVAEConfig,
    MoPoE,
    MoPoEConfig,
    MVAEConfig,
    MVTCAEConfig,
)
from multivae.trainers import BaseTrainer, BaseTrainerConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.sides import networks
from benchmarks.sides.protocol import serve

MODELS = {
    "mopoe": (MoPoE, MoPoEConfig, {}),
    "mvae": (MVAE, MVAEConfig, {"use_subsampling": True, "k": 0, "warmup": 0}),
    "mvtcae": (MVTCAE, MVTCAEConfig, {}),
    "mmvae": (
        MMVAE,
        MMVAEConfig,
        {"K": 1, "loss": "iwae_looser", "prior_and_posterior_dist": "normal", "learn_prior": False},
    ),
}
LATENT = networks.LATENT


class Encoder(BaseEncoder):
    """A network with two linear heads."""

    def __init__(self, body, features):
        super().__init__()
        self.latent_dim, self.body = LATENT, body
        self.loc, self.logvar = nn.Linear(features, LATENT), nn.Linear(features, LATENT)

    def forward(self, x):
        h = self.body(x)
        return ModelOutput(embedding=self.loc(h), log_covariance=self.logvar(h))


class Decoder(BaseDecoder):
    """A network for latent variables with any number of leading dimensions."""

    def __init__(self, body):
        super().__init__()
        self.latent_dim, self.body = LATENT, body

    def forward(self, z):
        out = self.body(z.reshape(-1, z.shape[-1]))
        return ModelOutput(reconstruction=out.reshape(*z.shape[:-1], *out.shape[1:]))


def built(options):
    """Return a model, and random values of the modalities."""
    rows = options["rows"]
    if options["networks"] == "paper":
        encoders = {n: Encoder(*body) for n, body in networks.bodies().items()}
        decoders = {n: Decoder(body) for n, body in networks.decoders().items()}
        values, shapes = networks.images_and_texts(rows), networks.SHAPES
        likelihoods = {"mnist": "laplace", "svhn": "laplace", "text": "categorical"}
    else:
        sizes = networks.SIZES
        if options["networks"] == "vectors":
            sizes = {f"m{n}": 64 for n in range(options["count"])}
        hidden = 400 if options["networks"] == "small" else 0
        encoders = {n: Encoder(*dense_encoder(size, hidden)) for n, size in sizes.items()}
        decoders = {n: Decoder(dense_decoder(size, hidden)) for n, size in sizes.items()}
        values = {n: torch.randn(rows, size) for n, size in sizes.items()}
        shapes = {n: (size,) for n, size in sizes.items()}
        likelihoods = dict.fromkeys(sizes, "normal")
    kind, settings, own = MODELS[options["method"]]
    config = settings(
        n_modalities=len(shapes),
        latent_dim=LATENT,
        input_dims=dict(shapes),
        decoders_dist=likelihoods,
        decoder_dist_params={n: {"scale": 0.75} for n in shapes},
        **own,
    )
    return kind(config, encoders, decoders), values


def dense_encoder(size, hidden):
    """Return an encoder with one hidden layer or none, and its number of features."""
    if not hidden:
        return nn.Identity(), size
    return nn.Sequential(nn.Linear(size, hidden), nn.ReLU()), hidden


def dense_decoder(size, hidden):
    """Return a decoder with one hidden layer or none."""
    if not hidden:
        return nn.Linear(LATENT, size)
    return nn.Sequential(nn.Linear(LATENT, hidden), nn.ReLU(), nn.Linear(hidden, size))


def step(options):
    """Return a turn of training steps on a batch in memory."""
    model, values = built(options)
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batch = DatasetOutput(data=values)

    def turn():
        for _ in range(options["steps"]):
            optimizer.zero_grad()
            model(batch, epoch=1).loss.backward()
            optimizer.step()

    return turn


def train(options):
    """Return a turn of one epoch with the trainer, data included."""
    rows = options["rows"]
    model, values = built({**options, "rows": rows * options["steps"]})
    data = MultimodalBaseDataset(values)

    def turn():
        with tempfile.TemporaryDirectory() as folder:
            config = BaseTrainerConfig(
                output_dir=folder, per_device_train_batch_size=rows, num_epochs=1, no_cuda=True
            )
            BaseTrainer(model, data, training_config=config).train()

    return turn


def data(options):
    """Return a turn that reads batches of a data set in memory."""
    rows = options["rows"]
    values = networks.images_and_texts(rows * options["steps"])
    loader = DataLoader(MultimodalBaseDataset(values), batch_size=rows, shuffle=True)

    def turn():
        for _ in loader:
            pass

    return turn


def infer(options):
    """Return a turn that samples the joint posterior of a batch."""
    model, values = built(options)
    batch = DatasetOutput(data=values)
    return lambda: [model.encode(batch) for _ in range(options["steps"])]


def translate(options):
    """Return a turn that generates all modalities from one."""
    model, values = built(options)
    batch = DatasetOutput(data=values)
    return lambda: [model.predict(batch, cond_mod="mnist") for _ in range(options["steps"])]


def generate(options):
    """Return a turn that samples the prior and decodes the samples."""
    model, _ = built(options)
    model.device = "cpu"

    def turn():
        for _ in range(options["steps"]):
            model.decode(model.generate_from_prior(options["rows"]))

    return turn


def likelihood(options):
    """Return a turn that estimates the joint log-likelihood of a batch."""
    model, values = built(options)
    model.eval()
    batch = MultimodalBaseDataset(values)

    def turn():
        with torch.no_grad():
            model.compute_joint_nll(batch, K=options["draws"], batch_size_K=options["draws"])

    return turn


if __name__ == "__main__":
    serve(
        "benchmarks.sides.multivae_side",
        {
            "step": step,
            "train": train,
            "data": data,
            "infer": infer,
            "translate": translate,
            "generate": generate,
            "likelihood": likelihood,
        },
    )
