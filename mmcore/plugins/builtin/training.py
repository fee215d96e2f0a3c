"""The optimizers and trackers of the core."""

from mmcore.plugins.spec import ComponentSpec

__all__ = ["optimizers", "trackers"]


def optimizers() -> list[ComponentSpec]:
    """Return the optimizers of the core."""
    return [
        ComponentSpec(
            kind="optimizer",
            name="adam",
            factory="mmcore.training.optimizer:AdamBuilder",
            settings="mmcore.config.training:AdamSettings",
            summary="Adam or AdamW, with a one-cycle, cosine, linear or constant learning rate",
            reference="Kingma, Ba (2015)",
        )
    ]


def trackers() -> list[ComponentSpec]:
    """Return the trackers of the core."""
    writers = {
        "jsonl": ("JsonLines", "metrics.jsonl, always written"),
        "csv": ("Csv", "metrics.csv"),
        "tensorboard": ("TensorBoard", "TensorBoard events"),
    }
    services = {"wandb": "Weights & Biases", "mlflow": "MLflow", "trackio": "Trackio"}
    return [
        ComponentSpec(
            kind="tracker",
            name=name,
            factory=f"mmcore.training.writers:{stem}Tracker",
            summary=summary,
        )
        for name, (stem, summary) in writers.items()
    ] + [
        ComponentSpec(
            kind="tracker",
            name=name,
            factory=f"mmcore.training.loggers:{name}",
            settings="mmcore.config.training:LoggerSettings",
            summary=f"{service}; needs pip install 'mmcore[{name}]'",
        )
        for name, service in services.items()
    ]
