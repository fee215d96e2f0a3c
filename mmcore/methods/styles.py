"""A check for methods that need modality-specific subspaces."""

from mmcore.errors import MmcoreError
from mmcore.methods.base import ModelContext

__all__ = ["require_styles"]


def require_styles(method: str, why: str, context: ModelContext) -> None:
    """Check that every modality has a subspace of its own.

    Raises:
        MmcoreError: a modality has none.
    """
    without = [name for name, size in context.style_dims.items() if size == 0]
    if without:
        raise MmcoreError(
            f"{method} needs a style of size 1 or more for {', '.join(without)}, because {why};"
            " give --style-dim 4, say, or choose another method"
        )
