"""A small autoregressive transformer that generates a text from a latent code."""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import Cache, GPT2Config, GPT2Model

from mmcore_transformers.checkpointing import checkpoint

__all__ = ["TokenDecoder"]

PREFIX = 4
"""Number of prefix vectors of a code."""
HEADS = 4


class TokenDecoder(nn.Module):
    """Logits of each next token, given the code and the previous tokens.

    The code is a prefix of vectors before the text, to which all positions attend.

    Shapes:
        latent: (B, latent). codes: (B, P, width). tokens: (B, T). returns: (B, T + 1, vocabulary).

    Arguments:
        latent: size of content and style together.
        vocabulary: number of tokens.
        length: maximal number of tokens of a text.
        width: size of the hidden states.
        layers: number of layers.
        checkpointing: compute activations again in the backward pass.

    References:
        Radford, Wu, Child, Luan, Amodei, Sutskever (2019), Section 2.3 (the architecture); Li, Liang
        (2021), Section 4 (the prefix).
    """

    def __init__(
        self,
        latent: int,
        vocabulary: int,
        length: int,
        width: int,
        layers: int,
        checkpointing: bool = False,
    ) -> None:
        super().__init__()
        self.code = nn.Sequential(
            nn.Linear(latent, PREFIX * width), nn.Unflatten(1, (PREFIX, width))
        )
        self.network = GPT2Model(
            GPT2Config(
                vocab_size=vocabulary,
                n_positions=PREFIX + length,
                n_embd=width,
                n_layer=layers,
                n_head=HEADS,
                resid_pdrop=0.0,
                embd_pdrop=0.0,
                attn_pdrop=0.0,
                bos_token_id=None,
                eos_token_id=None,
            )
        ).to(torch.get_default_dtype())
        if checkpointing:
            checkpoint(self.network)

    def forward(self, codes: Tensor, tokens: Tensor) -> Tensor:
        """Return the logits of the first token and of the token after each of ``tokens``."""
        before = torch.cat([codes, self.network.wte(tokens)], dim=1)
        hidden = self.network(inputs_embeds=before, use_cache=False).last_hidden_state
        return self._logits(hidden[:, PREFIX - 1 :])

    def begin(self, codes: Tensor) -> tuple[Tensor, Cache]:
        """Return the logits of the first token, (B, vocabulary), and the state for `proceed`."""
        out = self.network(inputs_embeds=codes, use_cache=True)
        return self._logits(out.last_hidden_state[:, -1]), out.past_key_values

    def proceed(self, token: Tensor, past: Cache) -> tuple[Tensor, Cache]:
        """Return the logits of the token after ``token``, (B,)."""
        step = self.network.wte(token).unsqueeze(1)
        out = self.network(inputs_embeds=step, past_key_values=past, use_cache=True)
        return self._logits(out.last_hidden_state[:, -1]), out.past_key_values

    def _logits(self, hidden: Tensor) -> Tensor:
        return linear(hidden, self.network.wte.weight)
