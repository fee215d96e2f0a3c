"""A classifier of one modality, by which evaluation judges what a model generates."""

from torch import Tensor, nn

__all__ = ["Classifier"]


class Classifier(nn.Module):
    """A network to features, and a linear layer from them to logits.

    Evaluation reads labels off the logits, and measures distances between sets in the features.

    Shapes:
        input: (B, ...), as `Modality.evidence` returns it. `features`: (B, F). returns: (B, L) logits.

    Arguments:
        body: to features, (B, F).
        head: from features to logits.
    """

    def __init__(self, body: nn.Module, head: nn.Linear) -> None:
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, evidence: Tensor) -> Tensor:
        """Return logits."""
        logits: Tensor = self.head(self.features(evidence))
        return logits

    def features(self, evidence: Tensor) -> Tensor:
        """Return what the logits are linear in."""
        found: Tensor = self.body(evidence)
        return found
