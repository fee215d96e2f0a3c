"""A multimodal VAE: modalities, priors and a method."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from mmcore.batch import Batch
from mmcore.building import codec_of, named_config, seeded
from mmcore.codec import ModelContext
from mmcore.config import ModelConfig
from mmcore.distributions import LatentDistribution
from mmcore.encoding import Inference
from mmcore.errors import MmcoreError
from mmcore.fitted import FITTED_FILES
from mmcore.memory import limited_memory
from mmcore.methods.base import Method
from mmcore.noise import Noise
from mmcore.plugins import Catalogue, Context
from mmcore.posteriors.conditional import (
    FittedConditional,
    drawn_styles,
    read_conditional_prior,
    write_conditional_prior,
)
from mmcore.priors import LatentPrior, Prior
from mmcore.priors.generation import (
    GenerationPrior,
    read_generation_prior,
    write_generation_prior,
)
from mmcore.regression import Regression, read_regression, write_regression
from mmcore.saving import load_weights, read_model, write_model
from mmcore.values import as_values, check_rows, checked_batch

__all__ = ["Model"]


class Model(nn.Module):
    """A multimodal VAE: inference and generation from any subset of the modalities.

    Inputs are values as the data sets store them (uint8 images, for example), by modality: tensors,
    arrays, lists, pictures of PIL, or texts, see `mmcore.values.as_values`. A modality that is not given
    is missing in all rows; ``present`` marks values that are missing in some rows.

    Example:
        >>> import torch
        >>> from mmcore import Model
        >>> model = Model.from_plugins("mnist", "text", content_dim=8, style_dim=2)
        >>> images = torch.zeros(3, 1, 28, 28, dtype=torch.uint8)
        >>> model.translate({"mnist": images})["text"].shape
        torch.Size([3, 8])
        >>> model.texts("text", model.codec["text"].tokens(["two", "seven"]))
        ['two', 'seven']
    """

    def __init__(self, config: ModelConfig, context: ModelContext, method: Method) -> None:
        super().__init__()
        self.config = config
        self.context = context
        self.origins = dict(context.catalogue.loaded)
        self.codec = context.codec
        self.objective = method.objective
        self.inference = method.inference
        self.generation = method.generation or method.inference
        # What `fit_generation_prior`, `fit_conditional_prior` and `fit_regression` have fitted, if any.
        self.fitted_prior: GenerationPrior | None = None
        self.fitted_conditional: FittedConditional | None = None
        self.regression: Regression | None = None
        self.is_lower_bound = method.is_lower_bound
        self.caveat = method.caveat

    # -- construction ------------------------------------------------------------------------------

    @classmethod
    def from_plugins(
        cls,
        *names: str,
        method: str = "mmjsd",
        content_dim: int = 16,
        style_dim: int | Mapping[str, int] = 4,
        seed: int = 0,
        catalogue: Catalogue | None = None,
        **options: Any,
    ) -> "Model":
        """Return an untrained model of installed modalities.

        Arguments:
            names: modalities, see ``mmcore components list``.
            method: name of the method.
            content_dim: size D of the shared latent variable.
            style_dim: size of the modality-specific subspaces, one for all or by name.
            seed: seed of the initial weights, which depend on the seed and the name of the modality.
            catalogue: components; those of the installed plug-ins by default.
            options: options of the method, such as ``beta``.

        Raises:
            MmcoreError: a name or an option is not valid.
        """
        config = named_config(names, method, content_dim, style_dim, options)
        return cls.from_config(config, seed=seed, catalogue=catalogue)

    @classmethod
    def from_config(
        cls, config: ModelConfig, *, seed: int = 0, catalogue: Catalogue | None = None
    ) -> "Model":
        """Return an untrained model."""
        catalogue = (catalogue or Catalogue.discover()).recording()
        size, styles = config.content_dim, config.style_dims
        context = Context(content_dim=size, style_dims=styles, seed=seed, catalogue=catalogue)
        with limited_memory():
            codec = codec_of(config, context)
            whole = ModelContext(
                content_dim=size, style_dims=styles, seed=seed, catalogue=catalogue, codec=codec
            )
            method: Method = seeded("method", whole, "method", config.method, config.options)
        return cls(config, whole, method)

    @classmethod
    def from_pretrained(
        cls,
        folder: str | Path,
        *,
        revision: str | None = None,
        catalogue: Catalogue | None = None,
    ) -> "Model":
        """Return a model that `save_pretrained` or `push_to_hub` wrote, in eval mode.

        Arguments:
            folder: the folder, or ``owner/name`` on the Hub of Hugging Face if there is no such folder.
            revision: a branch, a tag or a commit on the Hub; the main branch by default.
            catalogue: components; those of the installed plug-ins by default.

        Raises:
            MmcoreError: there is no such model, or a plug-in that it needs is not installed.
        """
        from mmcore.sharing.hub import local_folder

        folder = local_folder(folder, revision)
        saved = read_model(folder)
        try:
            model = cls.from_config(saved.config, catalogue=catalogue)
            load_weights(model, saved.weights)
            training = model.codec.latent_prior
            model.fitted_prior = read_generation_prior(folder, model.context, training)
            context, generation = model.context, model.generation
            model.fitted_conditional = read_conditional_prior(folder, context, generation)
            model.regression = read_regression(folder)
        except MmcoreError as error:
            raise MmcoreError(f"{error} (the model was trained with {saved.versions})") from error
        return model.eval()

    def save_pretrained(self, folder: str | Path) -> None:
        """Write ``config.json``, ``model.safetensors`` and the fitted priors and regression to ``folder``."""
        for name in FITTED_FILES:
            (Path(folder) / name).unlink(missing_ok=True)
        write_model(Path(folder), self.portable_config(), self, self.origins)
        write_generation_prior(Path(folder), self.fitted_prior)
        write_conditional_prior(Path(folder), self.fitted_conditional)
        write_regression(Path(folder), self.regression)

    def push_to_hub(self, name: str, **options: Any) -> str:
        """Write the model with a card to the Hub, with the options of `mmcore.sharing.push.push`."""
        from mmcore.sharing.push import push

        return push(self, name, **options)

    # -- inference and generation ------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """The modalities, in the order of every (M, ...) tensor."""
        return self.codec.names

    @property
    def prior(self) -> Prior:
        """The prior over the content in the training, p(c)."""
        return self.codec.prior

    @property
    def generation_prior(self) -> LatentPrior:
        """The prior that samples are drawn from: the fitted one, else that of the training."""
        if self.fitted_prior is None:
            return self.codec.latent_prior
        return self.fitted_prior.latent.to(self.device)

    @property
    def conditional(self) -> Inference | None:
        """The posterior of the fitted conditional prior, if any."""
        fitted = self.fitted_conditional
        return None if fitted is None else fitted.posterior.to(self.device)

    @property
    def device(self) -> torch.device:
        """The device of the model."""
        return next(self.parameters()).device

    @torch.no_grad()
    def infer(
        self, values: Mapping[str, Any], present: Mapping[str, Any] | None = None
    ) -> LatentDistribution:
        """Return q(c | x_K), the distribution over the content given the present modalities.

        Raises:
            MmcoreError: a modality is unknown, values have a wrong shape, or a row has no modality.
        """
        encoding = self.codec.encode(self._batch(values, present))
        return cast(LatentDistribution, self.inference(encoding))

    @torch.no_grad()
    def decode(
        self, content: Tensor, styles: Mapping[str, Tensor], names: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        """Return the most likely value of each modality for (B, D) content and (B, D_m) styles."""
        return {
            name: self.codec.decode(name, content, styles[name]).mode
            for name in names or self.names
        }

    def generate(self, rows: int, *, seed: int = 0) -> dict[str, Tensor]:
        """Return ``rows`` samples of all modalities, drawn from the generation prior.

        Raises:
            MmcoreError: the number of rows is no whole number of 0 or more.
        """
        check_rows(rows)
        noise = Noise(rows, seed=seed, device=self.device).at("generate")
        latents = self.generation_prior.sample(noise)
        return self.decode(latents.content, latents.styles)

    def translate(
        self,
        values: Mapping[str, Any],
        targets: str | Sequence[str] | None = None,
        *,
        present: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> dict[str, Tensor]:
        """Return modalities generated from others: content inferred, styles drawn from their priors.

        Content and styles are drawn from the conditional prior, if one is fitted.

        Arguments:
            values: the given modalities.
            targets: the modality or modalities that are generated; all by default.
            present: masks of the rows, for given values that are missing in some rows.
            seed: seed of the draws of content and styles.

        Raises:
            MmcoreError: see `infer`.

        Shapes:
            values[name]: (B, *E). returns[name]: (B, *E), the likelihood's mode.
        """
        targets = (targets,) if isinstance(targets, str) else targets
        for name in targets or ():
            self.codec[name]
        batch = self._batch(values, present)
        noise = Noise(len(batch), seed=seed, device=self.device).at("translate")
        with torch.no_grad():
            posterior, encoding = self.conditional or self.generation, self.codec.encode(batch)
            content = posterior(encoding).rsample(noise.at("content"))
            styles = drawn_styles(self.codec, posterior, encoding, content, noise)
        return self.decode(content, styles, targets)

    def texts(self, name: str, values: Any) -> list[str]:
        """Return values of a modality, such as those that `translate` generates, as texts.

        Raises:
            MmcoreError: the modality is unknown, or its values are no texts.
        """
        modality = self.codec[name]
        texts = modality.texts(modality.prepare(as_values(name, modality, values)))
        if texts is None:
            raise MmcoreError(f"the values of '{name}' are no texts; see Modality.texts")
        return texts

    def random_styles(self, noise: Noise) -> dict[str, Tensor]:
        """Return a style of every modality drawn from its prior, (B, D_m)."""
        return {
            name: self.codec.style_prior(name).sample(noise.at(name), "style")
            for name in self.names
        }

    def portable_config(self) -> ModelConfig:
        """Return the configuration with the settings of a saved model, which needs no other file."""
        portable = {
            name: chosen.model_copy(
                update={"settings": {**chosen.settings, **self.codec[name].portable_settings}}
            )
            for name, chosen in self.config.modalities.items()
        }
        return self.config.model_copy(update={"modalities": portable})

    def _batch(self, values: Mapping[str, Any], present: Mapping[str, Any] | None) -> Batch:
        given = {name: as_values(name, self.codec[name], value) for name, value in values.items()}
        masks = {name: torch.as_tensor(mask).bool() for name, mask in (present or {}).items()}
        return checked_batch(Batch.of(given, masks).to(self.device), self.codec.modalities)
