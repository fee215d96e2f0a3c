"""Random draws as pure functions of (seed, step, stream, row)."""

from dataclasses import dataclass, field, replace
from hashlib import blake2b

import torch
from torch import Tensor

__all__ = ["Noise", "derived_seed", "seed_layers"]


def derived_seed(*key: object) -> int:
    """Return a 63-bit seed that depends on nothing but ``key``."""
    digest = blake2b("/".join(map(str, key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def seed_layers(seed: int, device: torch.device) -> None:
    """Seed the generators that layers such as dropout draw from.

    As ``torch.manual_seed``, which on a machine without CUDA formats a stack trace at every call.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.default_generators[device.index or 0].manual_seed(seed)


@dataclass(frozen=True, slots=True)
class Noise:
    """The randomness of one step, drawn for all rows of the global batch at once.

    A draw is named by a *stream*; the same (seed, step, stream) gives the same numbers, independent
    of earlier draws. Process ``rank`` of ``world`` uses the rows ``rank::world``, so that training does not
    depend on the number of processes, and an exact resume needs no saved generator state.

    Arguments:
        rows: number of rows of the global batch.
        seed: seed of the run.
        step: number of the step.
        rank: this process.
        world: number of processes.
        device: device of the draws.
        path: prefix of every stream, see `at`.
        copies: number of successive rows that have the same numbers, see `shared_by`.

    Example:
        >>> from mmcore.noise import Noise
        >>> noise = Noise(rows=4, seed=0)
        >>> bool((noise.normal("eps", 2) == noise.normal("eps", 2)).all())
        True
    """

    rows: int
    seed: int = 0
    step: int = 0
    rank: int = 0
    world: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    path: str = ""
    copies: int = 1

    def at(self, name: str) -> "Noise":
        """Return the same noise with its streams under ``name``."""
        return replace(self, path=f"{self.path}/{name}")

    def resized(self, rows: int) -> "Noise":
        """Return the same noise for another number of rows."""
        return replace(self, rows=rows)

    def shared_by(self, copies: int) -> "Noise":
        """Return noise of ``copies`` rows for each row, all with the numbers of that row.

        Example:
            >>> one = Noise(rows=2, seed=0)
            >>> bool((one.shared_by(3).normal("eps", 4)[:3] == one.normal("eps", 4)[0]).all())
            True
        """
        return replace(self, rows=self.rows * copies, copies=copies)

    def normal(self, stream: str, *shape: int) -> Tensor:
        """Return standard normal draws of shape (B, *shape)."""
        return self._mine(
            torch.randn(self._drawn, *shape, generator=self._generator(stream), device=self.device)
        )

    def uniform(self, stream: str, *shape: int) -> Tensor:
        """Return draws of shape (B, *shape), uniform on [0, 1)."""
        return self._mine(
            torch.rand(self._drawn, *shape, generator=self._generator(stream), device=self.device)
        )

    def stratified(self, stream: str) -> Tensor:
        """Return (B,) draws, each uniform on [0, 1), with exactly one in every interval of 1/B.

        This is systematic sampling: ``u_i = (i / B + U) mod 1`` with a single uniform ``U``.
        """
        offset = torch.rand(1, generator=self._generator(stream), device=self.device)
        grid = torch.arange(self._drawn, device=self.device) / self._drawn
        return self._mine((grid + offset) % 1.0)

    def shared(self, stream: str, *shape: int) -> Tensor:
        """Return draws of the given shape, uniform on [0, 1), the same for all rows and processes."""
        return torch.rand(*shape, generator=self._generator(stream), device=self.device)

    @property
    def _drawn(self) -> int:
        return self.rows // self.copies

    def _mine(self, draws: Tensor) -> Tensor:
        rows = draws if self.copies == 1 else draws.repeat_interleave(self.copies, 0)
        return rows[self.rank :: self.world]

    def _generator(self, stream: str) -> torch.Generator:
        generator = torch.Generator(self.device)
        return generator.manual_seed(derived_seed(self.seed, self.step, self.path, stream))
