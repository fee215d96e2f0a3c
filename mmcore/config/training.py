"""The configuration of the training, and of its optimizers and trackers; no torch is imported here."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from mmcore.config.base import Count, Frozen, NonNegative, Positive, Share

__all__ = ["AdamSettings", "LoggerSettings", "TrainingConfig", "ValidationConfig"]

METRICS_FILE = "jsonl"
"""The tracker of ``metrics.jsonl``, which the summary of a run reads; it is always used."""


class ValidationConfig(Frozen):
    """Early stopping: a share of the training samples is held out to measure the validation loss."""

    share: Annotated[float, Field(gt=0, lt=1)] = Field(0.15, description="of the training samples")
    every: Count = Field(50, description="steps between two validations")
    patience: Count = Field(
        10, description="validations without a lower loss after which the training stops"
    )


class TrainingConfig(Frozen):
    """The settings of the training."""

    steps: Count = Field(2000, description="number of steps")
    batch_size: Count = Field(256, description="rows of a step, over all processes")
    order: Literal["random", "blocks"] = Field(
        "random",
        description="order of the samples; 'blocks' reads files that are larger than memory in pieces",
    )
    accumulate: Count = Field(
        1, description="micro-batches into which the rows of a step are split, to save memory"
    )
    learning_rate: Positive = Field(2e-3, description="largest value of the schedule")
    optimizer: str = Field("adam", description="optimizer and learning-rate schedule")
    optimizer_options: dict[str, Any] = Field({}, description="options of the optimizer")
    gradient_clip: Positive | None = Field(
        None, description="largest norm of the gradient; default: no fixed limit"
    )
    relative_clip: Positive | None = Field(
        5.0, description="largest norm of the gradient, divided by its running mean"
    )
    on_nonfinite: Literal["skip", "stop"] = Field(
        "skip", description="what happens in a step whose loss or gradient is not finite"
    )
    skip_limit: Count = Field(
        10, description="consecutive skipped steps after which the training stops"
    )
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed", "64-true"] = Field(
        "auto", description="of the networks; auto: bf16-mixed where the hardware supports it"
    )
    compile: Literal["auto", "on", "off"] = Field(
        "auto", description="whether torch.compile compiles encoders and decoders; auto: off"
    )
    accelerator: Literal["auto", "cpu", "gpu", "cuda", "mps"] = Field(
        "auto", description="device; auto: a GPU if there is one"
    )
    log_every: Count = Field(50, description="steps between two reports of metrics")
    checkpoint_every: Count = Field(500, description="steps between two checkpoints")
    trackers: tuple[str, ...] = Field(
        (METRICS_FILE, "tensorboard"),
        description="where metrics and figures are written; jsonl is always among them",
    )
    tracker_options: dict[str, dict[str, Any]] = Field(
        {}, description="options of the trackers, by name of the tracker"
    )
    generation_prior: str = Field(
        "mixture", description="prior that is fitted after the training; standard for none"
    )
    generation_prior_options: dict[str, Any] = Field({}, description="options of that prior")
    regression: bool = Field(
        True,
        description="fit a regression of each table from all others after the training, and mix its"
        " predictions with those of the model in imputation",
    )
    validation: ValidationConfig | None = Field(
        None, description="early stopping with the best weights; default: for studies only"
    )

    @field_validator("trackers")
    @classmethod
    def _with_metrics_file(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((METRICS_FILE, *names)))

    @model_validator(mode="after")
    def _options_have_a_tracker(self) -> "TrainingConfig":
        for name in self.tracker_options:
            if name not in self.trackers:
                raise ValueError(
                    f"tracker_options has '{name}', which is not among the trackers"
                    f" {', '.join(self.trackers)}; add it to the trackers, or remove its options"
                )
        return self


class AdamSettings(Frozen):
    """Options of the optimizer ``adam``."""

    schedule: Literal["one-cycle", "cosine", "linear", "constant"] = Field(
        "one-cycle", description="learning rate over the steps"
    )
    warmup: Share | None = Field(
        None,
        description="share of the steps in which the learning rate rises; "
        "default: 0.3 for one-cycle, 0.05 for cosine and linear, 0 for constant",
    )
    weight_decay: NonNegative = Field(
        0.0, description="decoupled weight decay (AdamW); biases and scales do not decay"
    )


class LoggerSettings(Frozen):
    """Options of the trackers ``wandb``, ``mlflow`` and ``trackio``."""

    project: str = Field("mmcore", description="project, or experiment, to which the run belongs")
    init: dict[str, Any] = Field(
        {}, description="further arguments of the library when it starts a run"
    )
