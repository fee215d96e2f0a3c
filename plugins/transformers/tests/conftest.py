import json
from dataclasses import replace

import pytest
import torch
from mmcore_transformers.settings import HfImageSettings, HfTextSettings
from mmcore_transformers.vocabulary import Vocabulary
from transformers import AutoConfig, AutoModel

from mmcore.noise import derived_seed
from mmcore.plugins import Catalogue, Context


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Keep what is computed once away from the user's cache, and the network away from the tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture
def float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def seeded(make, *arguments):
    with torch.random.fork_rng():
        torch.manual_seed(derived_seed("test"))
        return make(*arguments)


@pytest.fixture(scope="session")
def installed():
    """A function that returns the context of one modality, with all installed components."""
    catalogue = Catalogue.discover()
    return lambda *sizes: replace(Context.of(*sizes), catalogue=catalogue)


@pytest.fixture
def text(installed):
    from mmcore_transformers.text import HfText

    def make(content_dim=3, style_dim=2, **settings):
        return seeded(HfText, HfTextSettings(**settings), installed(content_dim, style_dim)).eval()

    return make


@pytest.fixture
def image(installed):
    from mmcore_transformers.image import HfImage

    def make(content_dim=3, style_dim=2, **settings):
        return seeded(
            HfImage, HfImageSettings(**settings), installed(content_dim, style_dim)
        ).eval()

    return make


@pytest.fixture
def pretrained(tmp_path):
    """A folder as transformers writes it: a tiny BERT with its tokenizer."""
    texts = ["a photo of a cat", "a photo of two dogs"]
    vocabulary = Vocabulary.trained(texts, 300)
    config = AutoConfig.for_model(
        "bert",
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=20,
    )
    folder = tmp_path / "bert"
    seeded(AutoModel.from_config, config).save_pretrained(folder)
    vocabulary.tokenizer.save(str(folder / "tokenizer.json"))
    roles = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]"}
    document = {"tokenizer_class": "PreTrainedTokenizerFast", **roles}
    (folder / "tokenizer_config.json").write_text(json.dumps(document))
    return folder


@pytest.fixture
def pickled(pretrained):
    """The same folder with weights in another format than safetensors."""
    (pretrained / "model.safetensors").unlink()
    torch.save({}, pretrained / "pytorch_model.bin")
    return pretrained
