"""An export computes what the model computes, or nothing is written."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from support.mixed import mixed_run

from mmcore import MmcoreError, Model
from mmcore.batch import Batch
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.distributions import Gaussian
from mmcore.export import FORMATS, export_model, formats
from mmcore.export import export as exporting
from mmcore.export.formats import ExportFormat
from mmcore.export.manifest import tensors
from mmcore.export.parts import Part, parts_of
from mmcore.runs.run import Run

PAGE = Path(__file__).parents[2] / "docs" / "sharing.md"


class Recomputed(ExportFormat):
    """A format without files: what it runs is the part itself, with an error that a test chooses."""

    suffix = ".none"

    def __init__(self, error=0.0, refused=""):
        self.error, self.refused, self.parts = error, refused, {}

    def check(self):
        pass

    def write(self, part, path):
        if part.name.startswith(self.refused or "-"):
            raise MmcoreError(f"{part.name} cannot be exported: a reason")
        path.write_text(part.name)
        self.parts[path] = part

    def run(self, path, inputs):
        outputs = [self.parts[path].outputs(one) for one in inputs]
        return [
            {n: x.numpy() + self.error * (1 + abs(x.numpy())) for n, x in o.items()}
            for o in outputs
        ]


@pytest.fixture
def model(vectors):
    return Model.from_plugins("vector", content_dim=2, style_dim=1, catalogue=vectors).eval()


def exported(model, folder, monkeypatch, **options):
    monkeypatch.setitem(FORMATS, "none", Recomputed(**options))
    return export_model(model, folder / "out", "none")


def test_the_manifest_describes_every_file(model, tmp_path, monkeypatch):
    manifest = exported(model, tmp_path, monkeypatch, error=1e-6)
    written = json.loads((tmp_path / "out" / "manifest.json").read_text())
    files = {part["file"] for part in written["parts"].values()} | {"manifest.json"}
    assert files == {path.name for path in (tmp_path / "out").iterdir()}
    parts = ["encoder-vector", "decoder-vector", "posterior", "generation-posterior"]
    assert list(manifest.parts) == parts
    encoder = manifest.parts["encoder-vector"]
    assert [x.shape for x in encoder.inputs] == [
        ("B", *model.codec["vector"].event_shape),
        ("B", 2),
        ("B", 1),
    ]
    assert 1e-7 < encoder.largest_difference < 1e-5
    assert manifest.content_prior.sd == (1.0, 1.0)


@pytest.mark.parametrize("options", [{"error": 2e-5}, {"refused": "decoder"}])
def test_a_difference_or_a_refusal_writes_nothing(model, tmp_path, monkeypatch, options):
    with pytest.raises(MmcoreError, match=r"differs by 2\.0e-05|cannot be exported: a reason"):
        exported(model, tmp_path, monkeypatch, **options)
    assert not list(tmp_path.iterdir())


def test_a_posterior_that_cannot_be_exported_is_left_out(model, tmp_path, monkeypatch):
    manifest = exported(model, tmp_path, monkeypatch, refused="posterior")
    assert "a reason" in manifest.left_out["posterior"]
    assert "posterior" not in manifest.parts


def test_a_decoder_is_never_left_out_whatever_its_modality_is_called(
    vectors, tmp_path, monkeypatch
):
    modality = {"posterior": ModalityConfig(kind="vector")}
    model = Model.from_config(ModelConfig(modalities=modality, content_dim=2), catalogue=vectors)
    with pytest.raises(MmcoreError, match="cannot be exported: a reason"):
        exported(model.eval(), tmp_path, monkeypatch, refused="decoder")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_not_overwritten_and_modalities_are_known(model, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    with pytest.raises(MmcoreError, match="already exists"):
        exported(model, tmp_path, monkeypatch)
    with pytest.raises(MmcoreError, match=r"no modality 'vectr'.*mean 'vector'"):
        export_model(model, tmp_path / "other", "onnx", ["vectr"])


def test_a_missing_number_is_a_difference():
    one, other = np.array([1.0, np.nan]), torch.tensor([1.0, torch.nan])
    assert exporting._difference(one, other) == 0
    assert exporting._difference(one, torch.tensor([1.0, 2.0])) == np.inf
    assert exporting._difference(one, torch.tensor([[1.0, torch.nan]])) == np.inf


def two_vectors(vectors, method):
    modalities = {
        n: ModalityConfig(kind="vector", settings={"seed": i}) for i, n in enumerate("ab")
    }
    config = ModelConfig(modalities=modalities, content_dim=2, style_dim=1, method=method)
    return Model.from_config(config, catalogue=vectors).eval()


def parts_and_values(model, rows):
    values = {n: torch.randn(rows, *model.codec[n].event_shape) for n in "ab"}
    return {part.name: part for part in parts_of(model, values)}, values


@torch.no_grad()
def test_encoders_and_decoders_compute_what_the_model_computes(vectors):
    model = two_vectors(vectors, "mmjsd")
    parts, values = parts_and_values(model, 5)
    everywhere = torch.ones(5, dtype=torch.bool)
    encoding = model.codec.encode(Batch(values, dict.fromkeys("ab", everywhere)))
    for place, name in enumerate("ab"):
        inputs = parts[f"encoder-{name}"].inputs
        outputs = parts[f"encoder-{name}"].outputs(inputs)
        content = Gaussian(encoding.content.loc[place], encoding.content.logvar[place])
        for kind, q in {"content": content, "style": encoding.styles[name]}.items():
            assert torch.equal(outputs[f"{kind}_mean"], q.loc)
            assert torch.equal(outputs[f"{kind}_logvar"], q.logvar)
            drawn = q.loc + torch.exp(q.logvar / 2) * inputs[f"{kind}_noise"]
            torch.testing.assert_close(outputs[kind], drawn)
        inputs = parts[f"decoder-{name}"].inputs
        decoded = model.decode(inputs["content"], {name: inputs["style"]}, [name])[name]
        assert torch.equal(parts[f"decoder-{name}"].outputs(inputs)["mode"], decoded)


@torch.no_grad()
@pytest.mark.parametrize("method", ["mmvae", "mvae"])
def test_a_posterior_is_that_of_the_modalities_of_each_row(vectors, method):
    model = two_vectors(vectors, method)
    parts, values = parts_and_values(model, 5)
    inputs = parts["posterior"].inputs
    outputs = parts["posterior"].outputs(inputs)
    masks = {name: inputs[f"present_{name}"] for name in "ab"}
    assert not all(mask.all() for mask in masks.values())
    q = model.inference(model.codec.encode(Batch(values, masks)))
    torch.testing.assert_close(outputs["content_mean"], q.mean)
    if method == "mmvae":
        weights = outputs["component_weights"].unsqueeze(-1)
        means, logvars = outputs["component_means"], outputs["component_logvars"]
        torch.testing.assert_close((weights * means).sum(0), q.mean)
        second = (weights * (means**2 + logvars.exp())).sum(0)
        torch.testing.assert_close(outputs["content_sd"], (second - q.mean**2).sqrt())


def test_the_rows_are_the_dimension_that_the_manifest_states(vectors):
    model = two_vectors(vectors, "mmvae")
    few, many = (parts_and_values(model, rows)[0] for rows in (4, 7))
    for name, part in few.items():
        for of in (lambda one: one.inputs, lambda one: one.outputs(one.inputs)):
            sizes = {key: value.shape for key, value in of(many[name]).items()}
            for record in tensors(of(part)):
                stated = [7 if size == "B" else size for size in record.shape]
                assert list(sizes[record.name]) == stated, record


class Draws(torch.nn.Module):
    def forward(self, inputs):
        own = torch.distributions.StudentT(inputs["x"].exp() + 2)  # it checks its arguments
        return {"mean": own.mean}


def test_checks_of_distributions_are_no_part_of_a_file():
    part = Part("draws", Draws(), {"x": torch.zeros(3, 2)})
    nodes = [str(node.target) for node in formats._program(part).graph.nodes]
    assert nodes
    assert not [name for name in nodes if "is_all_true" in name or "assert" in name]


def test_a_refusal_names_the_first_error():
    part = Part("draws", Draws(), {})
    reason = "draws cannot be exported: no function for x; see"
    with pytest.raises(MmcoreError, match=reason), formats._reasons(part):
        raise RuntimeError("this is step 3 of 3") from ValueError("no function for x")


@pytest.mark.slow
@pytest.mark.parametrize("format_name", ["torch-export", "onnx"])
def test_files_compute_what_the_model_infers_and_decodes(tmp_path, format_name):
    model = Run.open(mixed_run(tmp_path).run).model
    manifest = export_model(model, tmp_path / "out", format_name)
    assert not manifest.left_out
    chosen = FORMATS[format_name]
    rows, drawn = 4, model.generate(4, seed=9)
    note = drawn["note"].to(torch.uint8)
    blood = drawn["blood"].float()
    scan = (drawn["scan"] * 255).to(torch.uint8)
    for given in (("blood",), ("scan", "note"), ("blood", "scan", "note")):
        values = {"blood": blood, "scan": scan, "note": note}
        inputs = {f"value_{n}": v for n, v in values.items()}
        inputs |= {f"present_{n}": torch.full((rows,), n in given) for n in values}
        inputs["content_noise"] = torch.zeros(rows, 3)
        path = tmp_path / "out" / manifest.parts["posterior"].file
        (outputs,) = chosen.run(path, [inputs])
        q = model.infer({name: values[name] for name in given})
        np.testing.assert_allclose(outputs["content_mean"], q.mean, atol=1e-5)
        np.testing.assert_allclose(outputs["content"], q.mean, atol=1e-5)
    content, style = torch.randn(rows, 3), torch.randn(rows, 2)
    path = tmp_path / "out" / manifest.parts["decoder-scan"].file
    (outputs,) = chosen.run(path, [{"content": content, "style": style}])
    decoded = model.decode(content, {"scan": style}, ["scan"])["scan"]
    np.testing.assert_allclose(outputs["mode"], decoded, atol=1e-5)
    if format_name == "torch-export":
        with zipfile.ZipFile(path) as archive:
            files = [entry for entry in archive.infolist() if entry.file_size]
            assert not [e.filename for e in files if e.filename.endswith((".pt", ".pkl"))]


@pytest.mark.slow
def test_the_code_of_the_page_runs(tmp_path, monkeypatch, blocks, capsys):
    monkeypatch.chdir(tmp_path)
    export_model(Run.open(mixed_run(tmp_path).run).model, Path("exported"), "onnx")
    for block in blocks(PAGE):
        if not block.is_shell:
            exec(compile(block.text, "sharing.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == ["('mnist', 'text')", "(2, 3)"]


METHODS = ["mvae", "mmvae", "mopoe", "mmvaeplus", "jmvae", "telbo", "hoelder", "gpoe", "mvtcae"]


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_posteriors_of_methods_are_exported(tmp_path, vectors, method):
    manifest = export_model(two_vectors(vectors, method), tmp_path / "out", "torch-export")
    assert "posterior" in manifest.parts, manifest.left_out
