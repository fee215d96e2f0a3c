"""The components that a configuration names."""

from mmcore.config import RunConfig
from mmcore.plugins.catalogue import Catalogue

__all__ = ["check_components"]


def check_components(config: RunConfig, catalogue: Catalogue) -> None:
    """Check that every component of the configuration is installed and accepts its options.

    Raises:
        MmcoreError: a component is not installed, or an option is not valid.
    """
    catalogue = Catalogue(catalogue.records, config.plugins)
    for modality in config.model.modalities.values():
        catalogue.settings("modality", modality.kind, modality.settings)
    catalogue.settings("method", config.model.method, config.model.options)
    model, training = config.model, config.training
    catalogue.settings("prior", model.prior, model.prior_options)
    catalogue.settings("prior", model.style_prior, model.style_prior_options)
    catalogue.settings("optimizer", training.optimizer, training.optimizer_options)
    catalogue.settings("prior", training.generation_prior, training.generation_prior_options)
    for name in training.trackers:
        catalogue.settings("tracker", name, training.tracker_options.get(name, {}))
