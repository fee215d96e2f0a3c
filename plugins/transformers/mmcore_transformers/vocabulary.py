"""Tokenizers: texts to tokens, and tokens to texts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor
from transformers import AutoTokenizer

from mmcore import MmcoreError
from mmcore_transformers.fetching import local_folder
from mmcore_transformers.settings import HfTextSettings

__all__ = ["Vocabulary"]

STARTS = ("[CLS]", "<s>", "<bos>", "<|startoftext|>")
ENDS = ("[SEP]", "</s>", "<eos>", "<|endoftext|>")
PADS = ("[PAD]", "<pad>", "<|pad|>")
OWN = ("[PAD]", "[CLS]", "[SEP]")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer and its special tokens.

    A text is its tokens, the end, and padding. A truncated text has no end.

    Arguments:
        tokenizer: the tokenizer, which adds neither padding nor special tokens.
        start: the token before a text, or None.
        end: the token that ends a text.
        pad: the token after the end, which is ignored.
    """

    tokenizer: Tokenizer
    start: int | None
    end: int
    pad: int

    @classmethod
    def trained(cls, texts: Iterable[str], size: int) -> "Vocabulary":
        """Return a tokenizer of byte pairs learned from ``texts``; it can encode any text.

        References:
            Sennrich, Haddow, Birch (2016); on bytes, Radford et al. (2019), Section 2.2.
        """
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=list(OWN),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator(sorted(set(texts)), trainer)
        return cls._of(tokenizer, {}, "the trained tokenizer")

    @classmethod
    def read(cls, place: str, option: str) -> "Vocabulary":
        """Return the tokenizer in a ``tokenizer.json``, or that of a model by folder or name.

        Raises:
            MmcoreError: the tokenizer is not readable, or has no token that ends a text.
        """
        path = Path(place)
        try:
            if path.is_file():
                return cls._of(Tokenizer.from_file(str(path)), {}, place)
            tokenizer = AutoTokenizer.from_pretrained(
                local_folder(place, option), trust_remote_code=False, local_files_only=True
            )
            roles = {
                "start": tokenizer.cls_token or tokenizer.bos_token,
                "end": tokenizer.sep_token or tokenizer.eos_token,
                "pad": tokenizer.pad_token,
            }
            return cls._of(Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()), roles, place)
        except MmcoreError:
            raise
        except Exception as error:  # tokenizers raises Exception for a damaged file
            raise MmcoreError(
                f"{option} is '{place}', which is not a readable tokenizer"
                f" ({str(error).splitlines()[0]}); expected a tokenizer.json, or a folder with one"
            ) from error

    @classmethod
    def known(cls, settings: HfTextSettings) -> "Vocabulary | None":
        """Return the tokenizer of the settings, else that of the model, else None.

        Raises:
            MmcoreError: the tokenizer is not readable, or has no token that ends a text.
        """
        if isinstance(settings.tokenizer, dict):
            return cls.restored(settings.tokenizer)
        place = settings.tokenizer or settings.model
        return None if place is None else cls.read(place, "hf-text.tokenizer")

    @classmethod
    def restored(cls, document: Mapping[str, Any]) -> "Vocabulary":
        """Return the tokenizer of a `document`."""
        tokenizer = Tokenizer.from_str(document["json"])
        return cls(tokenizer, document["start"], document["end"], document["pad"])

    def document(self) -> dict[str, Any]:
        """Return a JSON document of the tokenizer, for `restored`."""
        return {
            "json": self.tokenizer.to_str(),
            "start": self.start,
            "end": self.end,
            "pad": self.pad,
        }

    def __len__(self) -> int:
        return int(self.tokenizer.get_vocab_size())

    def whole(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each text and the end, of any length."""
        encodings = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [[*text.ids, self.end] for text in encodings]

    def encode(self, texts: Sequence[str], length: int) -> Tensor:
        """Return the tokens of ``texts``, (N, length) int32."""
        tokens = torch.full((len(texts), length), self.pad, dtype=torch.int32)
        for row, ids in zip(tokens, self.whole(texts), strict=True):
            row[: len(ids)] = torch.tensor(ids[:length], dtype=torch.int32)
        return tokens

    def decode(self, tokens: Tensor) -> list[str]:
        """Return the texts of (N, length) tokens, each up to its end."""
        rows = [_until(row, self.end) for row in tokens.tolist()]
        texts: list[str] = self.tokenizer.decode_batch(rows, skip_special_tokens=True)
        return texts

    @classmethod
    def _of(cls, tokenizer: Tokenizer, roles: Mapping[str, str | None], who: str) -> "Vocabulary":
        tokenizer.no_padding()
        tokenizer.no_truncation()
        end = _id(tokenizer, roles.get("end"), ENDS)
        if end is None:
            raise MmcoreError(
                f"'{who}' has no token that ends a text, expected one of {', '.join(ENDS)}; add one to"
                " the tokenizer"
            )
        pad = _id(tokenizer, roles.get("pad"), PADS)
        start = _id(tokenizer, roles.get("start"), STARTS)
        return cls(tokenizer, start, end, end if pad is None else pad)


def _id(tokenizer: Tokenizer, known: str | None, usual: Sequence[str]) -> int | None:
    candidates = [known] if known else usual
    numbers = [tokenizer.token_to_id(token) for token in candidates]
    return next((number for number in numbers if number is not None), None)


def _until(row: list[int], end: int) -> list[int]:
    return row[: row.index(end)] if end in row else row
