"""Where an encoder comes from, and the messages when there is none."""

import json
import time

import pytest
import torch
from mmcore_transformers.settings import HfTextSettings
from pydantic import ValidationError

from mmcore import MmcoreError

TINY = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
KINDS = {
    "distilbert": {"dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 32},
    "roberta": {**TINY, "pad_token_id": 1},
    "gpt2": {"n_embd": 16, "n_layer": 1, "n_head": 2},
    "t5": {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2},
}


@pytest.mark.parametrize("kind", KINDS)
def test_encoders_of_other_kinds(text, kind):
    modality = text(config={"model_type": kind, "max_position_embeddings": 64, **KINDS[kind]})
    x = modality.tokens(["a photo of a two", "one"])
    assert modality.encode(x).content.loc.isfinite().all()


def test_weights_come_from_the_folder(text, pretrained):
    from safetensors.torch import load_file

    modality = text(model=str(pretrained))
    wanted = load_file(pretrained / "model.safetensors")["embeddings.word_embeddings.weight"]
    assert torch.equal(modality.backbone.network.get_input_embeddings().weight, wanted)
    assert modality.vocabulary.end == 2


def test_what_is_saved_rebuilds_it_without_the_folder(text, pretrained):
    from shutil import rmtree

    modality = text(model=str(pretrained), frozen=True)
    rmtree(pretrained)
    document = json.loads(json.dumps(dict(modality.portable_settings)))
    again = text(frozen=True, **document)
    again.load_state_dict(modality.state_dict())
    x = modality.tokens(["a photo of two cats"])
    assert torch.equal(again.tokens(["a photo of two cats"]), x)
    assert torch.equal(again.encode(x).content.loc, modality.encode(x).content.loc)


def test_a_config_file(text, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "bert", **TINY}))
    assert text(config=str(path)).backbone.features == 16


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "some/model"}, "is not a folder, is not in the cache"),
        ({"model": "/no/such/folder"}, "neither a folder nor a name"),
        ({"config": "/no/such/config.json"}, "not a readable JSON"),
        ({"config": {"model_type": "burt"}}, "Unrecognized model identifier"),
        ({"config": {"hidden_size": 16}}, "model_type is 'None'"),
        ({"config": {"model_type": "vit"}}, "cannot encode input_ids"),
        (
            {"config": {"model_type": "bert", **TINY, "vocab_size": 100}},
            "the embedding of the model has",
        ),
        (
            {"config": {"model_type": "bert", **TINY, "max_position_embeddings": 8}},
            "cannot encode input_ids",
        ),
        ({"tokenizer": "/no/such/tokenizer.json"}, "neither a folder nor a name"),
    ],
    ids=str,
)
def test_what_cannot_be_had_is_told_within_seconds(text, settings, message):
    started = time.process_time()
    with pytest.raises(MmcoreError, match=message) as refused:
        text(**settings)
    assert "\n" not in str(refused.value)
    assert time.process_time() - started < 10


def test_other_weights_than_safetensors_are_refused(text, pickled):
    with pytest.raises(MmcoreError, match=r"expected config\.json and model\.safetensors"):
        text(model=str(pickled))


def test_code_that_comes_with_a_model_is_not_run(text, pretrained):
    document = json.loads((pretrained / "config.json").read_text())
    document |= {"model_type": "mine", "auto_map": {"AutoModel": "own.Own", "AutoConfig": "own.C"}}
    (pretrained / "config.json").write_text(json.dumps(document))
    (pretrained / "own.py").write_text("raise SystemExit('run')")
    with pytest.raises(MmcoreError):
        text(model=str(pretrained))


def test_a_tokenizer_of_another_model_is_refused(text, pretrained, tmp_path):
    from mmcore_transformers.vocabulary import Vocabulary

    path = tmp_path / "tokenizer.json"
    Vocabulary.trained(
        ["some other words of another kind " + c for c in "abc"], 400
    ).tokenizer.save(str(path))
    with pytest.raises(MmcoreError, match="the embedding of the model has"):
        text(model=str(pretrained), tokenizer=str(path))


def test_a_tokenizer_without_an_end_is_refused(text, tmp_path):
    from tokenizers import Tokenizer, models

    path = tmp_path / "tokenizer.json"
    Tokenizer(models.WordLevel({"a": 0, "b": 1}, unk_token="a")).save(str(path))
    with pytest.raises(MmcoreError, match="no token that ends a text"):
        text(tokenizer=str(path))


@pytest.mark.parametrize(
    "settings",
    [{"model": "a/b", "config": "c.json"}, {"frozen": True, "lora_rank": 2}, {"vocabulary": 10}],
    ids=str,
)
def test_settings_that_contradict_one_another(settings):
    with pytest.raises(ValidationError):
        HfTextSettings(**settings)


def test_lora_without_peft_is_told(text, monkeypatch):
    monkeypatch.setattr("mmcore_transformers.backbone.find_spec", lambda name: None)
    with pytest.raises(MmcoreError, match="needs the package peft"):
        text(lora_rank=2)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")
def test_lora_trains_its_updates_alone_and_is_saved(text):
    pytest.importorskip("peft", reason="LoRA is the extra 'lora' of mmcore-transformers")
    modality = text(lora_rank=2)
    trained = {n for n, p in modality.backbone.named_parameters() if p.requires_grad}
    assert trained
    assert all("lora_" in name for name in trained)
    again = text(lora_rank=2, **modality.portable_settings)
    again.load_state_dict(modality.state_dict())
    x = modality.tokens(["a photo of a two"])
    assert torch.equal(again.encode(x).content.loc, modality.encode(x).content.loc)
