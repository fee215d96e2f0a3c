"""Small folders that are laid out as CelebA is, with drawn faces in them."""

import zipfile

import numpy as np
import pytest
from mmcore_celeba import data
from PIL import Image

NAMES = ("5_o_Clock_Shadow", "Bald", "Male")
PEOPLE, EACH = 40, 3


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def celeba(tmp_path):
    """The root of a data folder with 120 pictures of 40 people."""
    folder = tmp_path / "data" / "celeba"
    (folder / "img_align_celeba").mkdir(parents=True)
    rng = np.random.default_rng(0)
    names = [f"{number:06}.jpg" for number in range(PEOPLE * EACH)]
    for name in names:
        noise = rng.integers(0, 256, (5, 4, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((89, 109)).save(folder / "img_align_celeba" / name)
    flags = rng.choice([-1, 1], (len(names), len(NAMES)))
    lines = [f"{n} " + " ".join(map(str, row)) for n, row in zip(names, flags, strict=True)]
    text = "\n".join([str(len(names)), " ".join(NAMES) + " ", *lines, ""])
    (folder / "list_attr_celeba.txt").write_text(text)
    people = {name: number % PEOPLE for number, name in enumerate(names)}
    messages = "".join(f"{name} {person}\n" for name, person in people.items())
    (folder / "identity_CelebA.txt").write_text(messages)
    messages = "".join(f"{name} {max(person % 10 - 7, 0)}\n" for name, person in people.items())
    (folder / "list_eval_partition.txt").write_text(messages)
    return folder.parent


@pytest.fixture
def zipped(celeba):
    """The same with the pictures in a zip file."""
    pictures = celeba / "celeba" / "img_align_celeba"
    with zipfile.ZipFile(celeba / "celeba" / "img_align_celeba.zip", "w") as file:
        for path in sorted(pictures.iterdir()):
            file.write(path, f"img_align_celeba/{path.name}")
            path.unlink()
    pictures.rmdir()
    return celeba


@pytest.fixture
def small_sample(monkeypatch):
    """Fewer drawn faces, for speed."""
    monkeypatch.setattr(data, "SAMPLE_SIZE", {"train": 80, "test": 60})
