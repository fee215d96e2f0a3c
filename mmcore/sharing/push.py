"""Pushing a model to the Hub, with its card."""

import tempfile
from pathlib import Path

from mmcore.model import Model
from mmcore.runs.run import Run
from mmcore.sharing.card import card_of
from mmcore.sharing.hub import CARD, check_name, upload
from mmcore.storage.files import write_text

__all__ = ["push"]


def push(
    model: Model,
    name: str,
    *,
    private: bool = True,
    licence: str | None = None,
    revision: str | None = None,
    run: Run | None = None,
) -> str:
    """Write a model with a card to the Hub, in one commit, and return the address of the commit.

    Arguments:
        model: a trained model.
        name: ``owner/name``; it is created if it does not exist.
        private: whether a new one is private; that of an existing one does not change.
        licence: of the model, as the Hub spells it, such as ``cc-by-4.0``.
        revision: a branch, which is created if it does not exist; the main branch by default.
        run: the run that trained the model, for the card.

    Raises:
        MmcoreError: the name is not valid, or the Hub cannot be reached or refuses the upload.
    """
    check_name(name)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        write_text(Path(folder) / CARD, card_of(model, name, licence, run))
        return upload(Path(folder), name, private=private, revision=revision)
