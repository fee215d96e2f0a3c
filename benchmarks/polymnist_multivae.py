"""The objectives of MultiVae 1.0.3 beside those of mmcore, on built PolyMNIST.

    PEER/bin/python benchmarks/polymnist_multivae.py --data-dir DATA --out FILE

PEER is an environment of its own, with mmcore, mmcore-polymnist and multivae==1.0.3. Both libraries train
models of the experiment `polymnist` with the same networks, initial weights, order of the rows, optimizer
and number of steps; the objective and its random numbers differ. The networks are narrow and the budget is
tiny. mmcore measures both. Finished models are kept in FILE; further methods and seeds are added to it.
"""

import argparse
import json
import statistics
from itertools import combinations
from pathlib import Path
from time import process_time

import multivae.models as peers
import torch
from multivae.models.nn.base_architectures import BaseMultilatentEncoder
from pythae.data.datasets import DatasetOutput
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder
from sklearn.linear_model import LogisticRegression

from mmcore import Model, Noise
from mmcore.config import DataConfig
from mmcore.data import SampleOrder, open_data
from mmcore.inference.representation.representations import represent
from mmcore.metrics.classifiers import train_classifier
from mmcore.metrics.generation.coherence import coherence
from mmcore.metrics.generation.random_coherence import random_coherence
from mmcore.plugins import Catalogue, Context
from mmcore.runs.settings.assemble import assemble
from mmcore.storage.files import cache_folder
from mmcore.training.step import TrainStep

PEERS = {
    "mvae": ("MVAE", lambda o: {"use_subsampling": True, "k": 0, "warmup": 0, "beta": o["beta"]}),
    "mopoe": ("MoPoE", lambda o: {"beta": o["beta"]}),
    "mvtcae": ("MVTCAE", lambda o: {"alpha": 0.9, "beta": o["beta"]}),
    "mmvae": (
        "MMVAE",
        lambda o: {
            "K": 1,
            "loss": "iwae_looser",
            "prior_and_posterior_dist": "normal",
            "learn_prior": False,
        },
    ),
    "mmvaeplus": (
        "MMVAEPlus",
        lambda o: {
            "K": 1,
            "loss": "iwae_looser",
            "prior_and_posterior_dist": "normal",
            "beta": o["beta"],
        },
    ),
}
DRAWS = 40
"""Draws for the mean of a loss."""
SPREAD = 30
"""Factor of the weights of the last layer of the encoders, for the comparison of losses."""
CLASSIFIER = 200
"""Training steps of the classifiers."""


class Encoder(BaseMultilatentEncoder):
    """The encoder of a modality of mmcore, as MultiVae calls it."""

    def __init__(self, modality, content, style):
        super().__init__()
        self.modality, self.latent_dim, self.style_dim = modality, content, style

    def forward(self, x):
        q = self.modality.encode(x).bounded()
        return ModelOutput(
            embedding=q.content.loc,
            log_covariance=q.content.logvar,
            style_embedding=q.style.loc,
            style_log_covariance=q.style.logvar,
        )


class Decoder(BaseDecoder):
    """The decoder of a modality of mmcore; MultiVae puts the style last."""

    def __init__(self, modality, content, style):
        super().__init__()
        self.modality, self.content, self.latent_dim = modality, content, content + style

    def forward(self, z):
        flat = z.reshape(-1, z.shape[-1])
        mode = self.modality.decode(flat[:, : self.content], flat[:, self.content :]).mode
        return ModelOutput(reconstruction=mode.reshape(*z.shape[:-1], *mode.shape[1:]))


def peer_of(model):
    """Return the model of MultiVae whose networks are those of a model of mmcore."""
    config, names = model.config, model.names
    content = config.content_dim
    style = next(iter(config.style_dims.values()))
    name, options = PEERS[config.method]
    arguments = options(config.options) | ({"modalities_specific_dim": style} if style else {})
    settings = getattr(peers, f"{name}Config")(
        n_modalities=len(names),
        latent_dim=content,
        input_dims={n: tuple(model.codec[n].event_shape) for n in names},
        decoders_dist=dict.fromkeys(names, "laplace"),
        decoder_dist_params={n: {"scale": model.codec[n].scale} for n in names},
        **arguments,
    )
    encoders = {n: Encoder(model.codec[n], content, style) for n in names}
    decoders = {n: Decoder(model.codec[n], content, style) for n in names}
    peer = getattr(peers, name)(settings, encoders, decoders)
    if name == "MMVAEPlus":
        for n in names:  # one memory for the learned variances of both
            peer.logvars_priors[n].data = model.objective.auxiliary[f"style:{n}"].data.unsqueeze(0)
    return peer


def loss_of(peer, model, batch, order=slice(None)):
    """Return the mean loss of a row; two of the models return the sum over the rows."""
    values = {n: model.codec[n].prepare(x[order]) for n, x in batch.values.items()}
    loss = peer(DatasetOutput(data=values)).loss
    return loss / len(batch) if peer.model_name in ("MMVAE", "MMVAEPlus") else loss


def trained(config, data, steps, library):
    """Return a new model, trained with the objective of a library."""
    rows, seed = config.training.batch_size, config.seed
    model = Model.from_config(config.model, seed=seed).train()
    peer = peer_of(model).train() if library == "MultiVae" else None
    torch.manual_seed(seed)
    learned = [p for p in (peer or model).parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(learned, config.training.learning_rate)
    order = SampleOrder(len(data.train), rows, seed)
    step = TrainStep(model, steps=steps, rows=rows, seed=seed)
    for number in range(steps):
        batch = step.batch(data.train, order, number)
        optimizer.zero_grad()
        loss = (
            step.terms(batch, number).loss.mean() if peer is None else loss_of(peer, model, batch)
        )
        loss.backward()
        optimizer.step()
    return model.eval()


@torch.no_grad()
def objectives(config, batch):
    """Return mean and standard error over draws of the loss of each library, with the same weights.

    The weights are those of a new model, but with posteriors far from the prior.
    """
    model = Model.from_config(config.model, seed=config.seed)
    for modality in model.codec.modalities.values():
        modality.encoder[-1].linear.weight.mul_(SPREAD)
    peer = peer_of(model).train()
    torch.manual_seed(0)
    rows = len(batch)
    ours = [
        float(model.objective(model.codec, batch, Noise(rows, step=n), 1.0).loss.mean())
        for n in range(DRAWS)
    ]
    # MoPoE of MultiVae draws the first rows of a batch from the first subset, and so on.
    orders = [torch.randperm(rows) for _ in range(DRAWS)]
    theirs = [float(loss_of(peer, model, batch, order)) for order in orders]
    return [[statistics.fmean(x), statistics.stdev(x) / DRAWS**0.5] for x in (ours, theirs)]


def measured(model, data, classifiers, rows):
    """Return the numbers that are compared."""
    indices = torch.arange(rows) * (len(data.test) // rows)
    names = model.names
    results = {}
    for size in range(1, len(names)):
        given = list(combinations(names, size))
        agreement = coherence(
            model, data.test, indices, classifiers, given, model.generation, crossed=True
        )
        scores = [statistics.fmean(by.values()) for by in agreement.classified.values()]
        results[f"coherence given {size}"] = statistics.fmean(scores)
    results["random coherence"] = random_coherence(
        model, model.codec.latent_prior, classifiers, 2 * rows
    ).strict
    fitted, held = represent(model, data.train, 2 * rows), represent(model, data.test, 2 * rows)
    for label, subsets in (("1", names), ("5", ["+".join(names)])):
        scores = [
            LogisticRegression(max_iter=300)
            .fit(fitted.content[k].numpy(), fitted.labels.numpy())
            .score(held.content[k].numpy(), held.labels.numpy())
            for k in subsets
        ]
        results[f"probe given {label}"] = statistics.fmean(scores)
    return results


def compared(config, data, classifiers, chosen):
    """Return the numbers of a model of each library."""
    batch = data.test.fetch(torch.arange(256) * 7, Noise(256))
    result = {"objectives": objectives(config, batch)}
    for library in ("mmcore", "MultiVae") if chosen.steps else ():
        start = process_time()
        model = trained(config, data, chosen.steps, library)
        seconds = process_time() - start
        numbers = measured(model, data, classifiers, chosen.rows)
        with torch.no_grad():
            noise = [Noise(len(batch), step=n) for n in range(10)]
            terms = [model.objective(model.codec, batch, n, 1.0).loss.mean() for n in noise]
        result[library] = {
            "held-out loss": float(torch.stack(terms).mean()),
            **numbers,
            "CPU seconds": seconds,
        }
    return result


def show(results):
    """Print the tables."""
    print("| model | mmcore: loss | MultiVae: loss | difference / standard error |")
    print("| --- | ---: | ---: | ---: |")
    for name, result in results.items():
        (a, s), (b, t) = result["objectives"]
        ratio = (a - b) / (s**2 + t**2) ** 0.5
        print(f"| {name} | {a:.2f} ± {s:.2f} | {b:.2f} ± {t:.2f} | {ratio:.1f} |")
    trained_ones = {name: result for name, result in results.items() if "mmcore" in result}
    measures = list(next(iter(trained_ones.values()), {"mmcore": {}})["mmcore"])
    print("\n| model | library | " + " | ".join(measures) + " |")
    print("| --- | --- |" + " ---: |" * len(measures))
    for name, result in trained_ones.items():
        for library in ("mmcore", "MultiVae"):
            cells = [
                f"{result[library][m]:.{1 if result[library][m] > 1 else 3}f}" for m in measures
            ]
            print(f"| {name} | {library} | " + " | ".join(cells) + " |")


def opened(chosen, seed):
    """Return the configuration of each model, the data and the classifiers."""
    catalogue = Catalogue.discover()
    experiment = Context(catalogue=catalogue).make("experiment", "polymnist", {})
    own = {f"{n}.source": "built" for n in experiment.modalities}
    own |= {f"{n}.width": chosen.width for n in experiment.modalities}
    own |= {"content_dim": chosen.content, "batch_size": chosen.batch, "seed": seed}
    own["learning_rate"] = chosen.rate
    configs = {
        name: assemble(
            experiment.modalities, {**experiment.choices, **experiment.models[name].choices, **own}
        )
        for name in chosen.methods.split(",")
    }
    kinds = next(iter(configs.values())).model.modalities
    data = open_data(DataConfig(mode="real", dir=chosen.data_dir), kinds, catalogue, seed)
    return configs, data


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--methods", default="mvtcae,mopoe,mvae,mmvaeplus,mmvae")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--steps", type=int, default=250, help="0: no training")
    parser.add_argument("--rate", type=float, default=0.002)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--content", type=int, default=32)
    parser.add_argument("--rows", type=int, default=300)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    results = json.loads(chosen.out.read_text()) if chosen.out.is_file() else {}
    for seed in map(int, chosen.seeds.split(",")):
        configs, data = opened(chosen, seed)
        first = Model.from_config(next(iter(configs.values())).model)
        cache, views = cache_folder() / "classifiers", (data.train.views, data.test.views)
        classifiers = {
            n: train_classifier(first.codec[n], views[0][n], views[1][n], cache, steps=CLASSIFIER)
            for n in first.names
            if chosen.steps
        }
        print({n: round(c.score, 3) for n, c in classifiers.items()}, flush=True)
        for method, config in configs.items():
            key = f"{method}, seed {seed}"
            if key not in results:
                results[key] = compared(config, data, classifiers, chosen)
                chosen.out.write_text(json.dumps(results, indent=1))
                print(key, results[key], flush=True)
    show(results)


if __name__ == "__main__":
    main()
