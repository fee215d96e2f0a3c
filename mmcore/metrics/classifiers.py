"""Classifiers that judge what is generated, trained here on real items of one modality."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.optim.lr_scheduler import OneCycleLR

from mmcore.data import SampleOrder, View
from mmcore.files import atomic
from mmcore.metrics.scores import score
from mmcore.modality import Classifier, Modality
from mmcore.noise import Noise, derived_seed, seed_layers

__all__ = ["Judge", "judge"]

STEPS, ROWS, PEAK_RATE = 600, 128, 3e-3
CHUNK = 1000
AT_ONCE = 100
"""Items that are judged at once: the channels of more do not stay in the caches, and take twice as long."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A trained classifier, in eval mode, and how far it can be trusted.

    Arguments:
        classifier: from its input to logits.
        score: its own accuracy on held-out real items, or mean average precision of attributes.
        train_items: how many items it was trained on.
        test_items: how many it was tested on.
    """

    classifier: Classifier
    score: float
    train_items: int
    test_items: int

    @torch.no_grad()
    def logits(self, inputs: Tensor) -> Tensor:
        """Return the logits of the classes, or of the attributes, (B, L)."""
        return torch.cat([self.classifier(part) for part in inputs.split(AT_ONCE)])

    def labels(self, inputs: Tensor) -> Tensor:
        """Return the most likely class, (B,)."""
        return self.logits(inputs).argmax(-1)

    @torch.no_grad()
    def features(self, inputs: Tensor) -> Tensor:
        """Return the penultimate features, (B, F)."""
        return torch.cat([self.classifier.features(part) for part in inputs.split(AT_ONCE)])


def judge(
    modality: Modality,
    train: View,
    test: View,
    cache: Path | None = None,
    *,
    seed: int = 0,
    steps: int = STEPS,
) -> Judge | None:
    """Return a classifier trained on ``train`` and tested on ``test``, or None if there is none.

    It is trained once: ``cache`` keeps it under a hash of the network, the data and the settings.

    Arguments:
        modality: whose classifier, and how its values are prepared.
        train: real items.
        test: held-out items, for its own accuracy.
        cache: a folder; nothing is kept if left out.
        seed: of weights, order and whatever is random in the items.
        steps: length of the training.
    """
    with torch.random.fork_rng():
        torch.manual_seed(derived_seed("classifier", seed))
        classifier = modality.classifier(_outputs(train.labels))
    if classifier is None:
        return None
    classifier = classifier.to(next(modality.parameters()).device)
    path = None
    if cache is not None:
        path = cache / f"{_digest(classifier, (train, test), seed, steps)}.safetensors"
    own = _restored(classifier, path)
    if own is None:
        _train(classifier, modality, train, seed, steps)
        own = _own_score(classifier.eval(), modality, test, seed)
        if path is not None:
            _save(classifier, own, path)
    return Judge(classifier.eval(), own, len(train), len(test))


def _outputs(labels: Tensor) -> int:
    return labels.shape[1] if labels.dim() > 1 else int(labels.max()) + 1


def _train(classifier: Classifier, modality: Modality, view: View, seed: int, steps: int) -> None:
    device = next(classifier.parameters()).device
    optimiser = torch.optim.Adam(classifier.parameters(), lr=PEAK_RATE)
    schedule = OneCycleLR(optimiser, PEAK_RATE, total_steps=steps)
    order = SampleOrder(len(view), ROWS, seed)
    classifier.train()
    with torch.random.fork_rng(), torch.enable_grad():
        for step in range(steps):
            seed_layers(derived_seed("layers", seed, step), device)
            indices = order.step(step)
            raw = view.fetch(indices, Noise(len(indices), seed=seed, step=step))
            inputs = modality.classifier_input(modality.prepare(raw.to(device)))
            loss = _loss(classifier(inputs), view.labels[indices].to(device))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()


def _loss(logits: Tensor, labels: Tensor) -> Tensor:
    if labels.dim() > 1:
        return binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))
    return cross_entropy(logits, labels)


@torch.no_grad()
def _own_score(classifier: Classifier, modality: Modality, view: View, seed: int) -> float:
    device = next(classifier.parameters()).device
    parts = []
    for indices in torch.arange(len(view)).split(CHUNK):
        raw = view.fetch(indices, Noise(len(indices), seed=seed, step=int(indices[0])))
        parts.append(classifier(modality.classifier_input(modality.prepare(raw.to(device)))).cpu())
    return score(view.labels, torch.cat(parts))


def _digest(classifier: Classifier, views: tuple[View, View], seed: int, steps: int) -> str:
    made = hashlib.sha256()
    made.update(json.dumps([str(classifier), seed, steps, ROWS, PEAK_RATE]).encode())
    for view in views:
        made.update(view.labels.numpy().tobytes())
        for indices in torch.arange(len(view)).split(CHUNK):
            made.update(view.fetch(indices, Noise(len(indices))).contiguous().numpy().tobytes())
    return made.hexdigest()[:32]


def _restored(classifier: Classifier, path: Path | None) -> float | None:
    """Load the weights and return the score, or None where there is no whole file."""
    if path is None or not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            own = float(file.metadata()["score"])
        classifier.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError):
        return None  # a damaged file is written anew
    return own


def _save(classifier: Classifier, own: float, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.contiguous() for name, value in classifier.state_dict().items()}
    with atomic(path) as temporary:
        save_file(state, temporary, metadata={"score": repr(own)})
