"""Losses of MultiVae 1.0.3 with the networks of our models; skipped where it is not installed."""

import pytest
import torch
from methods.test_methods import average, names_of

from mmcore import Batch, Model
from mmcore.config import ModalityConfig, ModelConfig

multivae = pytest.importorskip("multivae", reason="multivae is not installed")

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("float64")]

CONTENT, FEATURES, SCALE, ROWS, DRAWS = 2, 6, 0.7, 6, 4000


def model_of(catalogue, method, style_dim=0, **options):
    """Return a model whose encoders are not the exact posteriors."""
    prior = options.pop("prior", "standard")
    modalities = {
        n: ModalityConfig(kind="vector", settings={"seed": int(n[1:]), "features": FEATURES})
        for n in names_of(2)
    }
    ones = dict.fromkeys(modalities, 1.0)
    fixed = {"beta": 1.0, "beta_style": 1.0, "likelihood_weights": ones, "style_weights": ones}
    guard = {} if method == "mmvaeplus" else {"style_warmup": 0.0, "style_cross_gradient": 1.0}
    config = ModelConfig(
        modalities=modalities,
        content_dim=CONTENT,
        style_dim=style_dim,
        method=method,
        prior=prior,
        options={**fixed, **guard, **options},
    )
    model = Model.from_config(config, catalogue=catalogue)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return model


def data():
    generator = torch.Generator().manual_seed(0)
    return {n: torch.randn(ROWS, FEATURES, generator=generator) for n in names_of(2)}


def output(**tensors):
    from pythae.models.base.base_utils import ModelOutput

    return ModelOutput(**tensors)


def encoders(model):
    from multivae.models.base import BaseEncoder

    class Encoder(BaseEncoder):
        def __init__(self, modality):
            super().__init__()
            self.modality = modality
            self.latent_dim, self.style_dim = CONTENT, modality.loading.shape[1] - CONTENT

        def forward(self, x):
            q = self.modality.encode(x)
            return output(
                embedding=q.content.loc,
                log_covariance=q.content.logvar,
                style_embedding=q.style.loc,
                style_log_covariance=q.style.logvar,
            )

    return {name: Encoder(modality) for name, modality in model.codec.modalities.items()}


def decoders(model):
    from multivae.models.base import BaseDecoder

    class Decoder(BaseDecoder):
        def __init__(self, modality):
            super().__init__()
            self.modality = modality
            self.latent_dim = modality.loading.shape[1]

        def forward(self, z):
            content, style = z[..., :CONTENT], z[..., CONTENT:]
            return output(reconstruction=self.modality.decode(content, style).mean)

    return {name: Decoder(modality) for name, modality in model.codec.modalities.items()}


def joint_encoder(model):
    from multivae.models.nn.base_architectures import BaseJointEncoder

    class Joint(BaseJointEncoder):
        def __init__(self):
            super().__init__()
            self.latent_dim = CONTENT

        def forward(self, x):
            q = model.inference(model.codec.encode(Batch.of(x)))
            return output(embedding=q.loc, log_covariance=q.logvar)

    return Joint()


def settings():
    names = names_of(2)
    return {
        "n_modalities": 2,
        "latent_dim": CONTENT,
        "input_dims": dict.fromkeys(names, (FEATURES,)),
        "decoders_dist": dict.fromkeys(names, "normal"),
        "decoder_dist_params": {name: {"scale": SCALE} for name in names},
    }


def peer_loss(peer, **options):
    """Return the mean of MultiVae's loss over draws, for each row, and its standard error."""
    from multivae.data.datasets.base import MultimodalBaseDataset

    torch.manual_seed(0)
    means, errors = [], []
    for row in range(ROWS):
        one = MultimodalBaseDataset({n: x[row : row + 1] for n, x in data().items()})
        with torch.no_grad():
            losses = torch.stack([peer(one, **options).loss for _ in range(DRAWS // ROWS)])
        means.append(losses.mean())
        errors.append(losses.std() / len(losses) ** 0.5)
    return torch.stack(means), torch.stack(errors)


def assert_same(model, peer, **options):
    """Compare the losses of all rows."""
    mean, error = average(model, Batch.of(data()), draws=2000)
    wanted, more = peer_loss(peer, **options)
    print(mean - wanted, error + more)
    assert ((mean - wanted).abs() < 5 * (error + more)).all()


def test_jmvae(vectors):
    from multivae.models import JMVAE, JMVAEConfig

    model = model_of(vectors, "jmvae", alpha=0.3, width=8)
    config = JMVAEConfig(**settings(), alpha=0.3, warmup=1, beta=1.0)
    peer = JMVAE(config, encoders(model), decoders(model), joint_encoder(model))
    assert_same(model, peer, epoch=2)


def test_crmvae(vectors):
    from multivae.models import CRMVAE, CRMVAEConfig

    model = model_of(vectors, "crmvae")
    peer = CRMVAE(CRMVAEConfig(**settings(), beta=1.0), encoders(model), decoders(model))
    assert_same(model, peer)


def test_the_joint_part_of_telbo(vectors):
    """The second stage of MultiVae mixes the log-variance of the joint encoder into each divergence."""
    from multivae.models import TELBO, TELBOConfig

    model = model_of(vectors, "jmvae", alpha=0.0, width=8)
    config = TELBOConfig(**settings(), warmup=10)
    peer = TELBO(config, encoders(model), decoders(model), joint_encoder(model))
    assert_same(model, peer, epoch=1)


def test_cmvae(vectors):
    from multivae.models import CMVAE, CMVAEConfig

    model = model_of(vectors, "mmvaeplus", style_dim=1, prior="clusters", draws=1)
    config = CMVAEConfig(
        **settings(),
        modalities_specific_dim=1,
        number_of_clusters=10,
        K=1,
        prior_and_posterior_dist="normal",
        loss="iwae_looser",
        beta=1.0,
        learn_modality_prior=True,
    )
    peer = CMVAE(config, encoders(model), decoders(model))
    with torch.no_grad():
        for place, mean in enumerate(peer.mean_clusters):
            mean.copy_(model.prior.means[place : place + 1])
        peer._pc_params.copy_(model.prior.logits)
        for name, logvar in peer.r_logvars_priors.items():
            logvar.copy_(model.objective.auxiliary[f"style:{name}"])
    assert_same(model, peer)
