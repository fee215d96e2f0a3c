"""``mmcore train``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mmcore.cli.completion import components, fixed, several
from mmcore.cli.options import AcceptChangedData, AllowOutside
from mmcore.cli.parsing import assignments, names, options, parts, process_count
from mmcore.cli.training import resume_run, start
from mmcore.errors import MmcoreError
from mmcore.runs.settings.presets import with_preset

__all__ = ["train"]


def train(
    modalities: Annotated[
        str | None,
        typer.Option(
            help="Modalities, separated by commas; the same one twice as left=mnist,right=mnist.",
            autocompletion=several("modality"),
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="Name of the method. [default: mmjsd]", autocompletion=components("method")
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="auto, real or sample. [default: auto]",
            autocompletion=fixed("DataConfig", "mode"),
        ),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of real data. [default: $MMCORE_DATA, or the cache]")
    ] = None,
    content_dim: Annotated[
        int | None, typer.Option(help="Size of the shared latent variable. [default: 16]")
    ] = None,
    style_dim: Annotated[
        str | None,
        typer.Option(
            help="Size of each modality's own subspace, as 4 or mnist=4,svhn=8. [default: 4]"
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Length of the training. [default: 2000]")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows of a step. [default: 256]")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Largest value of the learning rate. [default: 0.002]")
    ] = None,
    beta: Annotated[float | None, typer.Option(help="Weight of all divergences.")] = None,
    beta_style: Annotated[
        float | None, typer.Option(help="Weight of the styles' divergences, times beta.")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="Weights of the experts, as prior=0.3,mnist=0.35,svhn=0.35.")
    ] = None,
    dynamic_prior: Annotated[
        str | None,
        typer.Option(
            help="Aggregator that is the dynamic prior.", autocompletion=components("aggregator")
        ),
    ] = None,
    prior: Annotated[
        str | None,
        typer.Option(
            help="Prior over the content. [default: standard]", autocompletion=components("prior")
        ),
    ] = None,
    style_prior: Annotated[
        str | None,
        typer.Option(
            help="Prior over each style. [default: standard]", autocompletion=components("prior")
        ),
    ] = None,
    generation_prior: Annotated[
        str | None,
        typer.Option(
            help="Prior that is fitted after the training and that samples are drawn from; standard for"
            " none. [default: mixture]",
            autocompletion=components("prior"),
        ),
    ] = None,
    drop: Annotated[
        float | None, typer.Option(help="Share of training values to hide at random.")
    ] = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            help="Optimizer with its learning-rate schedule, see mmcore components list. [default: adam]",
            autocompletion=components("optimizer"),
        ),
    ] = None,
    trackers: Annotated[
        str | None,
        typer.Option(
            help="Where metrics and figures are written besides metrics.jsonl, separated by commas:"
            " tensorboard, csv, wandb, mlflow, trackio. [default: tensorboard]",
            autocompletion=several("tracker"),
        ),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="auto, 32-true, bf16-mixed, 16-mixed or 64-true.",
            autocompletion=fixed("TrainingConfig", "precision"),
        ),
    ] = None,
    accelerator: Annotated[
        str | None,
        typer.Option(
            help="auto, cpu, gpu, cuda or mps.",
            autocompletion=fixed("TrainingConfig", "accelerator"),
        ),
    ] = None,
    compile_: Annotated[
        str | None,
        typer.Option(
            "--compile",
            help="Whether torch.compile compiles encoders and decoders: auto, on or off. It needs a C++"
            " compiler and some minutes at the start; auto is off. [default: auto]",
            autocompletion=fixed("TrainingConfig", "compile"),
        ),
    ] = None,
    processes: Annotated[
        str,
        typer.Option(
            help="Number of processes on the cores of this machine. auto uses one for each core where a step"
            " is large enough; the weights differ by rounding alone.",
        ),
    ] = "1",
    on_nonfinite: Annotated[
        str | None,
        typer.Option(
            help="What happens in a step whose loss or gradient is not finite: skip or stop."
            " [default: skip]",
            autocompletion=fixed("TrainingConfig", "on_nonfinite"),
        ),
    ] = None,
    checkpoint_every: Annotated[
        int | None, typer.Option(help="Steps between checkpoints. [default: 500]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of everything random. [default: 0]")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="Settings of a publication, for what other options leave out: paper for those of the mmJSD"
            " paper."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Any other option: gradient_clip=1, style_warmup=0.5 of the method, or NAME.OPTION of a"
            " modality, a tracker or the optimizer, such as svhn.width=16 or adam.schedule=cosine.",
        ),
    ] = None,
    ensemble: Annotated[
        int | None,
        typer.Option(
            help="Train this number of runs with successive seeds in one folder, for mmcore impute."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run. [default: runs/NAMES-METHOD-N]")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="A study file, or a configuration to repeat; other options override it."),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="Folder of an interrupted run to continue; with --steps, another length, also of a finished"
            " run."
        ),
    ] = None,
    allow_outside: AllowOutside = False,
    accept_changed_data: AcceptChangedData = False,
) -> None:
    """Train a model and evaluate it with linear probes.

    The folder of the run has the configuration, record, metrics, checkpoints, model and figures.

    Example: mmcore train --modalities mnist,text --data sample --steps 500
    """
    given: dict[str, Any] = {
        "method": method,
        "data": data,
        "data_dir": data_dir,
        "content_dim": content_dim,
        "steps": steps,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "beta": beta,
        "beta_style": beta_style,
        "weights": None if weights is None else assignments(weights, "--weights"),
        "dynamic_prior": dynamic_prior,
        "prior": prior,
        "style_prior": style_prior,
        "generation_prior": generation_prior,
        "drop": drop,
        "optimizer": optimizer,
        "trackers": parts(trackers),
        "precision": precision,
        "accelerator": accelerator,
        "compile": compile_,
        "on_nonfinite": on_nonfinite,
        "checkpoint_every": checkpoint_every,
        "seed": seed,
    }
    # Only --set can choose null.
    choices = {name: value for name, value in given.items() if value is not None}
    choices |= options(set_ or [], style_dim)
    choices = with_preset(preset, names(modalities), choices)
    if resume is not None and ensemble is not None:
        raise MmcoreError("--resume continues an ensemble with its own size; leave out --ensemble")
    if resume is not None:
        resume_run(
            resume,
            modalities,
            config,
            choices,
            accept_changed_data,
            allow_outside,
            process_count(processes),
        )
    else:
        start(
            names(modalities),
            config,
            choices,
            out,
            allow_outside,
            ensemble,
            process_count(processes),
        )
