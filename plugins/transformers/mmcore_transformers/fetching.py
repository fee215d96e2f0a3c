"""From a folder or a name to a folder with files of a pretrained model."""

import logging
from pathlib import Path

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from mmcore import MmcoreError
from mmcore.data.network import check_reachable

__all__ = ["local_folder"]

FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]
"""Configurations, weights in safetensors, vocabularies: nothing that could run code is fetched."""


def local_folder(name: str, option: str) -> Path:
    """Return ``name`` if it is a folder, else the folder of the model of that name, fetched if need be.

    Arguments:
        name: a folder, or ``owner/name`` on the hub.
        option: the setting that names it, for messages.

    Raises:
        MmcoreError: it is not on this disk, and it cannot be fetched.
    """
    if Path(name).is_dir():
        return Path(name)
    try:
        return _snapshot(name, offline=True)
    except HFValidationError:
        raise MmcoreError(
            f"{option} is '{name}', which is neither a folder nor a name of the form owner/name"
        ) from None
    except LocalEntryNotFoundError:
        return _fetched(name, option)


def _fetched(name: str, option: str) -> Path:
    try:
        if constants.HF_HUB_OFFLINE:
            raise OSError("HF_HUB_OFFLINE forbids to ask")
        # The hub's own client tries for half a minute before it gives up.
        check_reachable(constants.ENDPOINT)
        return _snapshot(name, offline=False)
    except (OSError, HfHubHTTPError) as error:
        told = str(error).splitlines()[0]
        raise MmcoreError(
            f"{option} is '{name}', which is no folder, is not in the cache '{constants.HF_HUB_CACHE}',"
            f" and cannot be fetched ({told}); fetch it where there is a network by"
            f" hf download {name}, or name a folder or a config"
        ) from error


def _snapshot(name: str, *, offline: bool) -> Path:
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    return Path(
        snapshot_download(
            name, allow_patterns=FILES, ignore_patterns=["*/*"], local_files_only=offline
        )
    )
