"""Processes that compute parts of the answers share one folder."""

import time
from concurrent.futures import ThreadPoolExecutor

from mmcore.plugins import Catalogue
from mmcore.runs.prediction import parts
from mmcore.runs.prediction.parts import Part
from mmcore.storage.files import TEMPORARY


def test_processes_that_begin_at_the_same_time_share_a_new_folder(tmp_path, monkeypatch):
    write = parts.write_document

    def write_slowly(path, document):
        temporary = path.with_name(f"{TEMPORARY}1-{path.name}")
        temporary.touch()
        time.sleep(0.1)
        temporary.unlink()
        write(path, document)

    monkeypatch.setattr(parts, "write_document", write_slowly)
    catalogue, folder = Catalogue.discover(), tmp_path / "answers"
    with ThreadPoolExecutor() as threads:
        claims = [
            threads.submit(parts.claimed, folder, Part(number, 3), {"seed": 0}, catalogue)
            for number in (1, 2, 3)
        ]
        assert [claim.result().name[5:10] for claim in claims] == ["00001", "00002", "00003"]


def test_a_file_that_a_killed_process_has_left_does_not_close_a_folder(tmp_path):
    (tmp_path / f"{TEMPORARY}1-_parts.json").touch()
    assert parts.claimed(tmp_path, Part(1, 3), {"seed": 0}, Catalogue.discover()) is not None
