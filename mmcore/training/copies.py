"""The processes of `mmcore.training.processes`, as the engine calls them."""

from typing import final

from lightning_fabric.plugins.environments import ClusterEnvironment

from mmcore.training.processes import Place

__all__ = ["Copies"]


@final
class Copies(ClusterEnvironment):  # type: ignore[misc]
    """Copies of one process on one machine, which are connected already.

    Arguments:
        place: of this process.
    """

    main_address, main_port = "localhost", 0

    def __init__(self, place: Place) -> None:
        self._place = place

    @property
    def creates_processes_externally(self) -> bool:
        """Whether the processes exist already."""
        return True

    @staticmethod
    def detect() -> bool:
        """Return whether the engine chooses this class by itself."""
        return False

    def world_size(self) -> int:
        """Return the number of processes."""
        return self._place.world

    def set_world_size(self, size: int) -> None:
        """Leave it as it is."""

    def global_rank(self) -> int:
        """Return the number of this process."""
        return self._place.rank

    def set_global_rank(self, rank: int) -> None:
        """Leave it as it is."""

    def local_rank(self) -> int:
        """Return the number of this process on this machine."""
        return self._place.rank

    def node_rank(self) -> int:
        """Return the number of this machine."""
        return 0
