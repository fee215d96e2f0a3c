"""The lock of a folder is known to those who may not write it."""

from mmcore.runs.folder import lock
from mmcore.runs.folder.lock import Owner, is_locked
from mmcore.storage.schemas import write_document


def test_a_folder_that_cannot_be_written_is_in_use_if_it_has_an_owner(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    (tmp_path / lock.LOCK).touch()
    monkeypatch.setattr(lock.FileLock, "acquire", refuse)
    assert not is_locked(tmp_path)
    write_document(tmp_path / lock.OWNER, Owner.this())
    assert is_locked(tmp_path)
