"""The folder with the files of a pretrained model, downloaded if necessary."""

import logging
from pathlib import Path

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from mmcore import MmcoreError
from mmcore.data.network import check_reachable
from mmcore.errors import documented

__all__ = ["local_folder"]

FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]
"""Configurations, weights in safetensors, and vocabularies; files that can run code are not downloaded."""


@documented("backbones")
def local_folder(name: str, option: str) -> Path:
    """Return ``name`` if it is a folder, else the cache folder of the model, downloaded if necessary.

    Arguments:
        name: a folder, or ``owner/name`` on the hub.
        option: name of the setting, for messages.

    Raises:
        MmcoreError: the model is not on disk and cannot be downloaded.
    """
    if Path(name).is_dir():
        return Path(name)
    try:
        return _snapshot(name, offline=True)
    except HFValidationError:
        raise MmcoreError(
            f"{option} is '{name}', which is neither a folder nor a name such as owner/name"
        ) from None
    except LocalEntryNotFoundError:
        return _fetched(name, option)


def _fetched(name: str, option: str) -> Path:
    try:
        if constants.HF_HUB_OFFLINE:
            raise OSError("HF_HUB_OFFLINE is set")
        # The client of the hub retries for half a minute before it fails.
        check_reachable(constants.ENDPOINT)
        return _snapshot(name, offline=False)
    except (OSError, HfHubHTTPError) as error:
        reason = str(error).splitlines()[0]
        raise MmcoreError(
            f"{option} is '{name}', which is not a folder, is not in the cache '{constants.HF_HUB_CACHE}',"
            f" and cannot be downloaded ({reason}); run hf download {name} with a network connection,"
            " or give a folder or a config"
        ) from error


def _snapshot(name: str, *, offline: bool) -> Path:
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    return Path(
        snapshot_download(
            name, allow_patterns=FILES, ignore_patterns=["*/*"], local_files_only=offline
        )
    )
