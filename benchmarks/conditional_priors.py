"""Compare generation given some modalities: the posterior of the method, and fitted conditional priors.

Usage::

    python benchmarks/conditional_priors.py RUN [--kinds diffusion,flow] [--rows 2000]

The run is not changed. The first table has coherence for each subset and modality that is not given. The
second has the spread over styles of the values given each subset, as a share of that of real items of one
class (values, features of the classifier). Each kind is measured with its styles, and with the styles of the
prior of the training. A kind that the run has is not fitted again.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import torch

from mmcore.config import EvaluationSettings
from mmcore.inference import fit_conditional_prior, named_posterior, subset_name
from mmcore.metrics import Subject
from mmcore.metrics.generation.coherence import coherence
from mmcore.metrics.generation.diversity import DiversityMetric
from mmcore.runs.run import Run
from mmcore.storage.files import cache_folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("--kinds", default="diffusion", help="kinds of conditional priors")
    parser.add_argument("--rows", type=int, default=2000, help="held-out samples")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    run = Run.open(chosen.run)
    model, data = run.model.requires_grad_(False), run.data()
    source = replace(data, drop=run.config.data.drop).training_source
    settings = EvaluationSettings(rows=chosen.rows)
    subject = Subject(model, data, settings, cache_folder() / "classifiers")
    measure(subject, "generation")
    for kind in chosen.kinds.split(","):
        start = time.process_time()
        if model.fitted_conditional is None or model.fitted_conditional.description.kind != kind:
            model.fitted_conditional = fit_conditional_prior(
                model, source, kind, seed=run.config.seed
            )
        print(f"{kind}: {time.process_time() - start:.0f} seconds", flush=True)
        if model.fitted_conditional is not None:
            print(model.fitted_conditional.description, flush=True)
            measure(subject, "conditional")
            model.fitted_conditional.posterior.densities.styles = None
            measure(subject, "conditional", "content alone")


def measure(subject, fusion, remark=""):
    title = f"{fusion} {remark}".strip()
    subject = replace(subject, settings=subject.settings.model_copy(update={"fusion": fusion}))
    show_coherence(subject, title)
    (table,) = DiversityMetric(subject.settings, subject.model.context).measure(subject).tables
    show("spread", *(column.name for column in table.columns))
    for row, values in table.rows.items():
        show(f"{title}: {row}", *values)


def show_coherence(subject, title):
    model, settings = subject.model, subject.settings
    given = [subset for subset in subject.given if len(subset) < len(model.names)]
    indices = subject.complete_rows(settings.rows)
    posterior = named_posterior(model, settings.fusion)
    measured = coherence(
        model,
        subject.data.test,
        indices,
        subject.classifiers,
        given,
        posterior,
        settings.seed,
        crossed=True,
    )
    show("given", *model.names, "all others")
    for subset in map(subset_name, given):
        scores = measured.classified[subset]
        show(
            f"{title}: {subset}",
            *(scores.get(name) for name in model.names),
            measured.joint.get(subset),
        )


def show(*cells):
    texts = ("-" if c is None else f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells)
    print(f"| {' | '.join(texts)} |", flush=True)


if __name__ == "__main__":
    main()
