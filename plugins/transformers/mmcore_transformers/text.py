"""The networks and the likelihood of ``hf-text``."""

import json
import warnings
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore import MmcoreError, Modality, Noise, Posterior
from mmcore.data import View
from mmcore.modality import Classifier
from mmcore.nn import PosteriorHead
from mmcore.plugins import Context
from mmcore_transformers.backbone import Backbone
from mmcore_transformers.captions import captions
from mmcore_transformers.decoder import TokenDecoder
from mmcore_transformers.drawing import draw_texts
from mmcore_transformers.likelihood import TokenSequence, Unigram, scored
from mmcore_transformers.settings import TINY_BERT, HfTextSettings
from mmcore_transformers.storing import (
    Rows,
    WithFeatures,
    cached_rows,
    split_features,
    weights_digest,
)
from mmcore_transformers.vocabulary import Vocabulary

CHUNK = 64
"""Batch size of a frozen encoder; it is constant, so that features are bit-identical."""
TOKENISED_AT_ONCE = 4096


class HfText(Modality):
    """Texts with an encoder of the library transformers and an autoregressive decoder.

    A value is the tokens of a text, the end, and padding, (L,) int64; see `tokens` and `texts`.
    """

    def __init__(self, settings: HfTextSettings, context: Context) -> None:
        super().__init__()
        self._settings = settings
        self.vocabulary = vocabulary = _vocabulary(settings, context)
        # The longest text, with a start token.
        ids = torch.zeros(1, settings.length + 1, dtype=torch.long)
        self.backbone = Backbone(
            settings,
            "hf-text",
            TINY_BERT,
            {"input_ids": ids, "attention_mask": torch.ones_like(ids)},
            {
                "vocab_size": len(vocabulary),
                "pad_token_id": vocabulary.pad,
                "max_position_embeddings": settings.length + 1,
            },
        )
        _check_sizes(self.backbone, vocabulary, settings)
        self.head = PosteriorHead(self.backbone.features, context.content_dim, context.style_dim)
        self.decoder = TokenDecoder(
            context.latent_dim,
            len(vocabulary),
            settings.length,
            settings.width,
            settings.layers,
            settings.gradient_checkpointing,
        )

    @property
    def event_shape(self) -> torch.Size:
        """The maximal number of tokens of a text."""
        return torch.Size((self._settings.length,))

    def encode(self, x: Tensor) -> Posterior:
        """Return the posteriors of tokens."""
        posterior: Posterior = self.head(self._features(x))
        return posterior

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return the distribution over texts."""
        return TokenSequence(
            self.decoder,
            self.decoder.code(torch.cat([style, content], dim=-1)),
            length=self._settings.length,
            end=self.vocabulary.end,
            pad=self.vocabulary.pad,
        )

    # -- texts and tokens ------------------------------------------------------------------------

    def tokens(self, texts: list[str]) -> Tensor:
        """Return the values of ``texts``, (B, L)."""
        return self.vocabulary.encode(texts, self._settings.length).long()

    def texts(self, x: Tensor) -> list[str]:
        """Return the texts of values."""
        return self.vocabulary.decode(x)

    def prepare(self, raw: Tensor) -> Tensor:
        """Return the tokens, without stored features."""
        return self._split(raw)[0].long() if raw.dtype == torch.uint8 else raw.long()

    def stored(self, view: View) -> View:
        """Return the tokens of the texts, with the features of a frozen encoder appended.

        The items of a study are tokens already.
        """
        texts = view.texts(torch.arange(len(view)))
        values = self._checked(view) if texts is None else self._tokens(view, texts)
        if not self._settings.frozen:
            return values
        key = chain(
            [
                json.dumps([self.vocabulary.document(), self._settings.pooling, "features"]),
                weights_digest(self.backbone),
            ],
            (part.contiguous().numpy().data for part in _in_parts(values)),
        )
        shape = (len(values), self.backbone.features)
        return WithFeatures(values, cached_rows(key, shape, "float32", lambda: self._known(values)))

    def encode_stored(self, raw: Tensor, x: Tensor) -> Posterior:
        """Return the posteriors from the stored features, if there are any."""
        if raw.dtype != torch.uint8:
            return self.encode(x)
        posterior: Posterior = self.head(self._split(raw)[1].to(next(self.parameters()).dtype))
        return posterior

    @property
    def portable_settings(self) -> Mapping[str, Any]:
        """The configuration of the encoder and the tokenizer, which replace their names."""
        return {
            "model": None,
            "config": self.backbone.config,
            "tokenizer": self.vocabulary.document(),
        }

    # -- evaluation ------------------------------------------------------------------------------

    def render(self, x: Tensor) -> Tensor:
        """Return images of the texts."""
        return draw_texts(self.texts(x))

    def unit_counts(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return the number of tokens, including the end, and of characters of the decoded text."""
        characters = torch.tensor([len(text) for text in self.texts(x)], device=x.device)
        return {"token": scored(x, self.vocabulary.end).sum(-1), "character": characters}

    def baseline(self, raw: Tensor) -> Distribution:
        """Return a unigram model of the tokens of the training texts."""
        return Unigram.fitted(self.prepare(raw), len(self.vocabulary), self.vocabulary.end)

    def classifier(self, classes: int) -> Classifier:
        """Return a small convolutional network over tokens."""
        body = nn.Sequential(
            nn.Embedding(len(self.vocabulary), 64),
            _Turned(),
            nn.Conv1d(64, 64, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.AdaptiveMaxPool1d(1),
            nn.Flatten(),
        )
        return Classifier(body, nn.Linear(64, classes))

    # -- private -------------------------------------------------------------------------------------

    def _features(self, tokens: Tensor) -> Tensor:
        counted = scored(tokens, self.vocabulary.end)
        tokens = tokens.masked_fill(~counted, self.vocabulary.pad)
        if self.vocabulary.start is not None:
            tokens = nn.functional.pad(tokens, (1, 0), value=self.vocabulary.start)
            counted = nn.functional.pad(counted, (1, 0), value=True)
        hidden = self.backbone(input_ids=tokens, attention_mask=counted.long())
        if self._settings.pooling == "first":
            first: Tensor = hidden[:, 0]
            return first
        weights = counted.unsqueeze(-1).to(hidden.dtype)
        mean: Tensor = (hidden * weights).sum(1) / weights.sum(1)
        return mean

    def _tokens(self, view: View, texts: list[str]) -> View:
        key = [json.dumps([self.vocabulary.document(), self._settings.length]), *texts]
        shape = (len(texts), self._settings.length)
        tokens = cached_rows(key, shape, "int32", lambda: self._tokenised(texts))
        self._warn_of_cut(tokens)
        return Rows(view, tokens)

    def _checked(self, view: View) -> View:
        first = view.fetch(torch.zeros(1, dtype=torch.long), Noise(1))
        if first.dtype != torch.int32 or first.shape[1:] != self.event_shape:
            raise MmcoreError(
                f"hf-text reads texts, and {type(view).__name__} has none; choose a modality with texts"
                " for the option captions, or omit it"
            )
        return view

    def _tokenised(self, texts: list[str]) -> Iterable[Tensor]:
        for start in range(0, len(texts), TOKENISED_AT_ONCE):
            part = texts[start : start + TOKENISED_AT_ONCE]
            yield self.vocabulary.encode(part, self._settings.length)

    @torch.no_grad()
    def _known(self, tokens: View) -> Iterable[Tensor]:
        device = next(self.parameters()).device
        for part in _in_parts(tokens):
            yield self._features(part.long().to(device)).float().cpu()

    def _split(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        return split_features(raw, self.event_shape, torch.int32)

    def _warn_of_cut(self, tokens: Tensor) -> None:
        cut = int((tokens != self.vocabulary.end).all(1).sum())
        if cut:
            warnings.warn(
                f"{cut} of {len(tokens)} texts are longer than {self._settings.length} tokens and are"
                " truncated; increase the option length of hf-text",
                stacklevel=2,
            )


class _Turned(nn.Module):
    """Transposes (B, T, F) to (B, F, T)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2)


def _in_parts(view: View) -> Iterable[Tensor]:
    for rows in torch.arange(len(view)).split(CHUNK):
        yield view.fetch(rows, Noise(len(rows)))


def _vocabulary(settings: HfTextSettings, context: Context) -> Vocabulary:
    known = Vocabulary.known(settings)
    if known is not None:
        return known
    view = captions(settings, context).sample("train")
    texts = view.texts(torch.arange(len(view)))
    if texts is None:
        raise MmcoreError(
            f"hf-text.captions is '{settings.captions}', whose data has no texts; choose a modality"
            " with texts, or omit the option"
        )
    return Vocabulary.trained(texts, settings.vocabulary)


def _check_sizes(backbone: Backbone, vocabulary: Vocabulary, settings: HfTextSettings) -> None:
    if backbone.embedded < len(vocabulary):
        raise MmcoreError(
            f"the tokenizer has {len(vocabulary)} tokens, and the embedding of the model has"
            f" {backbone.embedded}; omit hf-text.tokenizer, or set it to the tokenizer of"
            f" {settings.model or 'the config'}"
        )
