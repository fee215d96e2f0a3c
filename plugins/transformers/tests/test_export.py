"""Models of Hugging Face are exported as the other kinds are: the decoder of texts decodes token by token."""

import pytest
import torch

from mmcore import Model
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.export import FORMATS, export_model


@pytest.mark.slow
@pytest.mark.parametrize("format_name", ["torch-export", "onnx"])
def test_files_compute_what_the_model_infers_and_decodes(tmp_path, format_name):
    small = {"length": 4, "width": 16, "layers": 1}
    modalities = {
        "hf-image": ModalityConfig(kind="hf-image", style_dim=2),
        "hf-text": ModalityConfig(kind="hf-text", style_dim=2, settings=small),
    }
    model = Model.from_config(ModelConfig(modalities=modalities, content_dim=3)).eval()
    manifest = export_model(model, tmp_path / "out", format_name)
    assert not manifest.left_out
    content, style = torch.randn(5, 3), torch.randn(5, 2)
    path = tmp_path / "out" / manifest.parts["decoder-hf-text"].file
    (outputs,) = FORMATS[format_name].run(path, [{"content": content, "style": style}])
    decoded = model.decode(content, {"hf-text": style}, ["hf-text"])["hf-text"]
    assert torch.equal(torch.as_tensor(outputs["mode"]), decoded)
