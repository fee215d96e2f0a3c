"""Classifiers of generated values, trained on real items of one modality."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from filelock import FileLock
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.optim.lr_scheduler import OneCycleLR

from mmcore.data import SampleOrder, View
from mmcore.metrics.scores import Score, score, score_name
from mmcore.modality import Classifier, Modality
from mmcore.noise import Noise, derived_seed, seed_layers
from mmcore.reporting.record import Column, Table
from mmcore.saving import disk_errors
from mmcore.storage.files import atomic

__all__ = ["TrainedClassifier", "classifiers_table", "train_classifier"]

EPOCHS, LEAST_STEPS, MOST_STEPS = 10, 450, 600
LEARNT, SPAN = 0.01, 50
"""The training ends if the mean loss of the last `SPAN` steps is below `LEARNT` nats."""
ROWS, PEAK_RATE = 128, 3e-3
CHUNK = 1000
AT_ONCE = 100
"""Items in one batch: a larger batch does not fit the caches of a processor and takes twice as long."""


@dataclass(frozen=True, slots=True)
class TrainedClassifier:
    """A trained classifier, in eval mode, with its own score.

    Arguments:
        classifier: the network.
        score: accuracy on held-out real items, or mean average precision of attributes.
        train_items: number of training items.
        test_items: number of test items.
        score_name: which score it is.
        bfloat16: whether the network computes in bfloat16 by autocast.
    """

    classifier: Classifier
    score: float
    train_items: int
    test_items: int
    score_name: Score = "accuracy"
    bfloat16: bool = False

    def logits(self, inputs: Tensor) -> Tensor:
        """Return the logits of classes or attributes, (B, L)."""
        return _logits(self.classifier, inputs, self.bfloat16)

    def labels(self, inputs: Tensor) -> Tensor:
        """Return the most likely class, (B,)."""
        return self.logits(inputs).argmax(-1)

    def features(self, inputs: Tensor) -> Tensor:
        """Return the penultimate features, (B, F)."""
        return torch.cat(list(_features(self.classifier, inputs, self.bfloat16)))


def train_classifier(
    modality: Modality,
    train: View,
    test: View,
    cache: Path | None = None,
    *,
    seed: int = 0,
    steps: int | None = None,
    bfloat16: bool = False,
) -> TrainedClassifier | None:
    """Return the classifier of a modality, trained; None if the modality has no classifier.

    It is trained once and stored in ``cache`` under a hash of the network, the data and the settings. A
    process waits for another one that trains the same classifier.

    Arguments:
        modality: the modality, which prepares the items.
        train: real items.
        test: held-out items, for the classifier's own score.
        cache: folder of trained classifiers; default: nothing is stored.
        seed: seed of weights, order and random items.
        steps: number of training steps; by default 10 epochs, at least 450 and at most 600 steps,
            or fewer if the training items are learnt before.
        bfloat16: whether the network is trained and used in bfloat16 by autocast.
    """
    steps = _steps(len(train)) if steps is None else steps
    with torch.random.fork_rng():
        torch.manual_seed(derived_seed("classifier", seed))
        classifier = modality.classifier(_outputs(train.labels))
    if classifier is None:
        return None
    device = next(modality.parameters()).device
    classifier = classifier.to(device)
    path = None
    if cache is not None:
        path = cache / f"{_digest(classifier, (train, test), seed, steps, bfloat16)}.safetensors"
    own = _restored(classifier, path)
    if own is None:
        with nullcontext() if path is None else _locked(path):
            own = _restored(classifier, path)  # another process may have trained it
            if own is None:
                _train(classifier, modality, train, seed, steps, bfloat16)
                own = _own_score(classifier.eval(), modality, test, seed, bfloat16)
                if path is not None:
                    _save(classifier, own, path)
    kind = score_name(test.labels)
    return TrainedClassifier(classifier.eval(), own, len(train), len(test), kind, bfloat16)


def classifiers_table(classifiers: Mapping[str, TrainedClassifier], kind: str) -> Table:
    """Return the table of the classifiers' own scores; ``kind`` is the kind of the data."""
    own = next(iter(classifiers.values())).score_name
    return Table(
        name="classifiers",
        about=f"{own.capitalize()} of the classifiers on held-out real items, the upper limit of coherence;"
        f" they are trained on the unimodal training items ({kind} data).",
        row_label="modality",
        columns=(Column(name=own), Column(name="training items"), Column(name="test items")),
        rows={n: (c.score, c.train_items, c.test_items) for n, c in classifiers.items()},
    )


def _autocast(device: torch.device, bfloat16: bool) -> torch.autocast:
    return torch.autocast(device.type, torch.bfloat16, enabled=bfloat16)


def _steps(items: int) -> int:
    return min(MOST_STEPS, max(LEAST_STEPS, EPOCHS * items // ROWS))


def _outputs(labels: Tensor) -> int:
    return labels.shape[1] if labels.dim() > 1 else int(labels.max()) + 1


def _train(
    classifier: Classifier, modality: Modality, view: View, seed: int, steps: int, bfloat16: bool
) -> None:
    device = next(classifier.parameters()).device
    optimizer = torch.optim.Adam(classifier.parameters(), lr=PEAK_RATE)
    schedule = OneCycleLR(optimizer, PEAK_RATE, total_steps=steps)
    order = SampleOrder(len(view), ROWS, seed)
    classifier.train()
    losses: list[Tensor] = []
    with torch.random.fork_rng(), torch.enable_grad():
        for step in range(steps):
            seed_layers(derived_seed("layers", seed, step), device)
            indices = order.step(step)
            raw = view.fetch(indices, Noise(len(indices), seed=seed, step=step))
            inputs = modality.classifier_input(modality.prepare(raw.to(device)))
            with _autocast(device, bfloat16):
                loss = _loss(classifier(inputs), view.labels[indices].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.detach())
            if (step + 1) % SPAN == 0 and float(torch.stack(losses[-SPAN:]).mean()) < LEARNT:
                return


def _loss(logits: Tensor, labels: Tensor) -> Tensor:
    if labels.dim() > 1:
        return binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))
    return cross_entropy(logits, labels)


def _features(classifier: Classifier, inputs: Tensor, bfloat16: bool) -> Iterator[Tensor]:
    with torch.no_grad(), _autocast(inputs.device, bfloat16):
        for part in inputs.split(AT_ONCE):
            yield classifier.features(part).to(part.dtype)


@torch.no_grad()
def _logits(classifier: Classifier, inputs: Tensor, bfloat16: bool) -> Tensor:
    features = list(_features(classifier, inputs, bfloat16))
    # In bfloat16, the logits of two classes would often be equal.
    with _autocast(inputs.device, False):
        return torch.cat([classifier.head(part) for part in features])


@torch.no_grad()
def _own_score(
    classifier: Classifier, modality: Modality, view: View, seed: int, bfloat16: bool
) -> float:
    device = next(classifier.parameters()).device
    parts = []
    for indices in torch.arange(len(view)).split(CHUNK):
        raw = view.fetch(indices, Noise(len(indices), seed=seed, step=int(indices[0])))
        inputs = modality.classifier_input(modality.prepare(raw.to(device)))
        parts.append(_logits(classifier, inputs, bfloat16).cpu())
    return score(view.labels, torch.cat(parts))


def _digest(
    classifier: Classifier, views: tuple[View, View], seed: int, steps: int, bfloat16: bool
) -> str:
    digest = hashlib.sha256()
    digest.update(
        json.dumps([str(classifier), seed, steps, ROWS, PEAK_RATE, LEARNT, SPAN, bfloat16]).encode()
    )
    for view in views:
        digest.update(view.labels.numpy().tobytes())
        for indices in torch.arange(len(view)).split(CHUNK):
            digest.update(view.fetch(indices, Noise(len(indices))).contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]


def _restored(classifier: Classifier, path: Path | None) -> float | None:
    """Load the weights and return the score, or None if there is no valid file."""
    if path is None or not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            own = float(file.metadata()["score"])
        classifier.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError):
        return None  # a damaged file is replaced
    return own


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file; wait for a process that has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_suffix(".lock")
    with FileLock(lock):
        try:
            yield
        finally:
            with suppress(OSError):  # some systems do not remove what another process waits for
                lock.unlink()


def _save(classifier: Classifier, own: float, path: Path) -> None:
    state = {name: value.contiguous() for name, value in classifier.state_dict().items()}
    with atomic(path) as temporary, disk_errors(temporary):
        save_file(state, temporary, metadata={"score": repr(own)})
