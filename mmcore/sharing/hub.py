"""Reading and writing the files of a model on the Hub."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from mmcore.errors import MmcoreError
from mmcore.fitted import FITTED_FILES
from mmcore.saving import CONFIG, WEIGHTS
from mmcore.storage.manifest import MANIFEST

__all__ = ["CARD", "check_name", "download", "is_name", "local_folder", "upload"]

CARD = "README.md"
FILES = (CONFIG, WEIGHTS, MANIFEST, *FITTED_FILES)
"""The only files that are downloaded: JSON and safetensors, which cannot run code."""
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


def is_name(text: str) -> bool:
    """Return whether a text has the form of a name on the Hub, ``owner/name``."""
    return NAME.fullmatch(text) is not None


def check_name(text: str) -> None:
    """Check that a text is a name on the Hub.

    Raises:
        MmcoreError: it is not.
    """
    if not is_name(text):
        raise MmcoreError(
            f"'{text}' is no name on the Hub, expected owner/name with letters, digits, '-', '_' and '.'"
        )


def local_folder(folder: str | Path, revision: str | None = None) -> Path:
    """Return a folder on this machine, into which a model of the Hub is downloaded if it is one.

    Arguments:
        folder: a folder, or ``owner/name`` if there is no such folder.
        revision: see `download`.

    Raises:
        MmcoreError: see `download`, or a folder is given with a revision.
    """
    if isinstance(folder, str) and is_name(folder) and not Path(folder).exists():
        return download(folder, revision)
    if revision is not None:
        raise MmcoreError(
            f"the revision '{revision}' is given for the folder '{folder}', expected owner/name on the Hub;"
            " leave the revision out"
        )
    return Path(folder)


def download(name: str, revision: str | None = None) -> Path:
    """Return the folder of the cache with the files of a model, which are downloaded if necessary.

    Arguments:
        name: ``owner/name``.
        revision: a branch, a tag, or the hash of a commit; the main branch by default.

    Raises:
        MmcoreError: there is no such model or revision, or the Hub cannot be reached and the model is not
            in the cache.
    """
    _check_installed()
    from huggingface_hub import snapshot_download

    with _sentences(name, revision):
        folder = snapshot_download(
            name, revision=revision, allow_patterns=list(FILES), endpoint=_endpoint()
        )
    return Path(folder)


def upload(folder: Path, name: str, *, private: bool, revision: str | None = None) -> str:
    """Write the files of a model to the Hub, in one commit, and return its address.

    Arguments:
        folder: with the files of a saved model and its card.
        name: ``owner/name``; it is created if it does not exist.
        private: whether a new one is private.
        revision: a branch, which is created if it does not exist; the main branch by default.

    Raises:
        MmcoreError: the Hub cannot be reached, or refuses the upload.
    """
    check_name(name)
    _check_installed()
    from huggingface_hub import HfApi

    with _sentences(name, revision):
        api = HfApi(endpoint=_endpoint(), library_name="mmcore")
        api.create_repo(name, private=private, exist_ok=True)
        if revision is not None:
            api.create_branch(name, branch=revision, exist_ok=True)
        commit = api.upload_folder(
            repo_id=name,
            folder_path=folder,
            revision=revision,
            allow_patterns=[*FILES, CARD],
            delete_patterns=list(FITTED_FILES),  # of an earlier model, if this one has none
            commit_message="Model of mmcore",
        )
    return str(commit.commit_url)


def _check_installed() -> None:
    if find_spec("huggingface_hub") is None:
        raise MmcoreError(
            "models on the Hub need the package huggingface_hub; pip install 'mmcore[hub]'"
        )


def _endpoint() -> str | None:
    """Return the address of another Hub; huggingface_hub itself reads it once, when it is imported."""
    return os.environ.get("HF_ENDPOINT") or None


@contextmanager
def _sentences(name: str, revision: str | None) -> Iterator[None]:
    """Raise the errors of the Hub as one sentence that states how they are mended."""
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        HTTPError,  # of its library of HTTP, which changes
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        yield
    except GatedRepoError as error:
        raise MmcoreError(
            f"'{name}' is on the Hub, and its owner gives access on request; request it on the page of"
            " the model, then log in with hf auth login"
        ) from error
    except RevisionNotFoundError as error:
        raise MmcoreError(
            f"'{name}' has no revision '{revision}'; name one of its branches, tags or commits"
        ) from error
    except RepositoryNotFoundError as error:
        raise MmcoreError(
            f"there is no folder '{name}', and no model of this name on the Hub that you may read or write;"
            " check the name, or log in with hf auth login"
        ) from error
    except HFValidationError as error:
        raise MmcoreError(f"'{name}' is no name on the Hub ({error})") from error
    except HfHubHTTPError as error:
        raise MmcoreError(f"the Hub refuses '{name}': {_first(error)}") from error
    except RuntimeError as error:  # the upload of a large file; what happened is its cause
        raise MmcoreError(
            f"the Hub refuses '{name}': {_first(error.__cause__ or error)}; nothing was committed"
        ) from error
    except (OSError, HTTPError) as error:
        raise MmcoreError(
            f"the Hub cannot be reached for '{name}' ({_first(error)}); connect to the network, or download"
            " the model on another machine with hf download and name its folder"
        ) from error


def _first(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]
