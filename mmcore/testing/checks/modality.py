"""Checks of a modality: shapes, rows, gradients, precision, and saving."""

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.modality import Modality, Posterior
from mmcore.priors import StandardPrior
from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.checks.cases import CONTENT, STYLE, ModalityCase
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.dataset import DATASET_CHECKS
from mmcore.testing.checks.density import likelihood_of
from mmcore.testing.checks.likelihood import LIKELIHOOD_CHECKS
from mmcore.testing.checks.tools import (
    Tensors,
    assert_close,
    double_precision,
    require_every_gradient,
    require_finite,
    require_shape,
    sent,
    through_a_file,
)
from mmcore.testing.kit import Kit

__all__ = ["MODALITY"]

ROWS = 7
CLASSES = 4


def encodes(case: ModalityCase) -> None:
    """Seven rows give finite posteriors of shape (B, D) and (B, D_m), in float32 at least."""
    modality = case.built()
    _require_posteriors(modality.encode(case.prepared(modality)), ROWS, STYLE)


def decodes(case: ModalityCase) -> None:
    """The likelihood has the batch shape (B,) and the event shape that the modality declares."""
    modality = case.built()
    _require_shapes(likelihood_of(modality, ROWS), modality, ROWS)


def one_row(case: ModalityCase) -> None:
    """A batch of one row is encoded and decoded."""
    modality = case.built()
    x = case.prepared(modality, 1)
    _require_posteriors(modality.encode(x), 1, STYLE)
    likelihood = likelihood_of(modality, 1)
    _require_shapes(likelihood, modality, 1)
    require_shape(likelihood.log_prob(x), (1,), "log_prob of one row")


def without_style(case: ModalityCase) -> None:
    """It works without a style, D_m = 0."""
    modality = case.built(style_dim=0)
    _require_posteriors(modality.encode(case.prepared(modality)), ROWS, 0)
    _require_shapes(likelihood_of(modality, ROWS, style_dim=0), modality, ROWS)


def prepare(case: ModalityCase) -> None:
    """`prepare` returns (B, *E), does not change stored values in place, nor prepared values at all."""
    modality, raw = case.built(), case.raw()
    kept = raw.clone()
    x = modality.prepare(raw)
    require_shape(x, (ROWS, *modality.event_shape), "a prepared batch")
    require(torch.equal(raw, kept), "prepare changes the stored values in place")
    require(torch.equal(modality.prepare(x.clone()), x), "prepare changes prepared values")


def rows_apart(case: ModalityCase) -> None:
    """In eval mode a row depends neither on the other rows of the batch nor on its position."""
    modality = case.built()
    x, others = case.prepared(modality), case.prepared(modality, step=1)
    whole = _outputs(modality, x)
    changed = _outputs(modality, torch.cat([x[:1], others[1:]]))
    assert_close(_rows(changed, [0]), _rows(whole, [0]), "with other rows beside it a row changes")
    order = [3, 0, 6, 1, 5, 2, 4]
    assert_close(
        _outputs(modality, x[order]), _rows(whole, order), "at another place a row changes"
    )


def repeatable(case: ModalityCase) -> None:
    """In eval mode equal input gives equal output, bit for bit, at any global seed."""
    modality = case.built()
    x = case.prepared(modality)
    one, other = _outputs(modality, x, seed=1), _outputs(modality, x, seed=2)
    for name, tensor in one.items():
        require(torch.equal(tensor, other[name]), f"{name} differs from call to call in eval mode")


def seeded_weights(case: ModalityCase) -> None:
    """The seed of torch alone decides the initial weights."""
    one, other = case.built().state_dict(), case.built().state_dict()
    for name, tensor in one.items():
        require(torch.equal(tensor, other[name]), f"{name} differs at the same seed")


def gradients(case: ModalityCase) -> None:
    """A gradient that is finite and not zero reaches every parameter."""
    modality = case.built().train()
    x = case.prepared(modality)
    _loss(modality, x).backward()
    require_every_gradient({"": modality})


def absent_rows(case: ModalityCase) -> None:
    """The values of absent rows change neither posteriors nor gradients."""
    modality, raw = case.built().train(), case.raw()
    fillers = [_with_filler(modality, raw, largest) for largest in (False, True)]
    for name in fillers[0]:
        message = f"{name} depends on the values of absent rows"
        require(torch.equal(fillers[0][name], fillers[1][name]), message)
    require_finite(fillers[0], "with zeros, which stand in for absent rows,")


def saving(case: ModalityCase) -> None:
    """Weights that are saved as safetensors and loaded into a new modality give the same output."""
    modality, other = case.built(seed=1), case.built(seed=2)
    through_a_file(modality, other)
    x = case.prepared(modality)
    assert_close(_outputs(other, x), _outputs(modality, x), "after saving and loading")


def float64(case: ModalityCase) -> None:
    """In double precision posteriors and log-likelihoods are float64."""
    raw = case.raw()
    with double_precision():
        modality = case.built()
        x = modality.prepare(raw.double() if raw.is_floating_point() else raw)
        for name, tensor in _outputs(modality, x).items():
            require(tensor.dtype == torch.float64, f"{name} is {tensor.dtype}")


def autocast(case: ModalityCase) -> None:
    """Under bfloat16 autocast posteriors and log-likelihoods are finite, in float32 at least."""
    modality = case.built().train()
    x = case.prepared(modality)
    with torch.autocast("cpu", torch.bfloat16):
        outputs = _outputs(modality, x, grad=True)
        loss = _loss(modality, x)
    for name, tensor in outputs.items():
        require(tensor.dtype == torch.float32, f"{name} is {tensor.dtype} under autocast")
    require_finite(outputs, "under autocast")
    loss.backward()


def compiles(case: ModalityCase) -> None:
    """torch.compile accepts it, graph breaks allowed, and the output is the same."""
    modality = case.built()
    x = case.prepared(modality)
    wanted = _outputs(modality, x)
    torch.compiler.reset()
    compiled = torch.compile(_values, backend="eager")
    torch.default_generator.manual_seed(0)
    with torch.no_grad():
        assert_close(compiled(modality, x), wanted, "compiled")
    torch.compiler.reset()


def sent_to_worker(case: ModalityCase) -> None:
    """It can be sent to another process, where its output is the same."""
    modality = case.built()
    x = case.prepared(modality)
    wanted = _outputs(modality, x)
    assert_close(_outputs(sent(modality), x), wanted, "in another process")


def render(case: ModalityCase) -> None:
    """`render` returns None or images (B, 3, H, W) in [0, 1], of real and of generated values."""
    modality = case.built()
    for x in (case.prepared(modality), likelihood_of(modality, ROWS).mode):
        pictures = modality.render(x)
        if pictures is None:
            raise NotApplicable("it renders no images")
        shape = tuple(pictures.shape)
        require(pictures.dim() == 4 and shape[:2] == (ROWS, 3), f"images have shape {shape}")
        least, most = float(pictures.min()), float(pictures.max())
        require(0 <= least <= most <= 1, f"values of images are between {least:.3g} and {most:.3g}")


def classifier(case: ModalityCase) -> None:
    """`classifier` returns None or a network with features (B, F) and logits (B, L)."""
    modality = case.built()
    reader = modality.classifier(CLASSES)
    if reader is None:
        raise NotApplicable("it has no classifier")
    x, likelihood = case.prepared(modality), likelihood_of(modality, ROWS)
    for inputs in (modality.classifier_input(x), modality.classifier_input_of(likelihood)):
        require_shape(reader.eval()(inputs), (ROWS, CLASSES), "logits")
        require(reader.features(inputs).dim() == 2, "features are not a matrix (B, F)")


MODALITY = Kit(
    "modality",
    ModalityCase,
    ModalityCase.of_component,
    (
        *COMPONENT_CHECKS,
        *map(
            Check.of,
            (
                encodes,
                decodes,
                one_row,
                without_style,
                prepare,
                rows_apart,
                repeatable,
                seeded_weights,
                gradients,
                absent_rows,
                saving,
                float64,
                autocast,
                sent_to_worker,
                render,
                classifier,
            ),
        ),
        Check.of(compiles, slow=True),
        *LIKELIHOOD_CHECKS,
        *(check.on(lambda case: case.dataset) for check in DATASET_CHECKS),
    ),
)


def _values(modality: Modality, x: Tensor) -> dict[str, Tensor]:
    posterior = modality.encode(x)
    likelihood = modality.decode(posterior.content.loc, posterior.style.loc)
    return {
        "content.loc": posterior.content.loc,
        "content.logvar": posterior.content.logvar,
        "style.loc": posterior.style.loc,
        "style.logvar": posterior.style.logvar,
        "log_prob": likelihood.log_prob(x),
    }


def _outputs(modality: Modality, x: Tensor, *, seed: int = 0, grad: bool = False) -> Tensors:
    # Seeded, so that a layer that draws is found by `repeatable` and by nothing else.
    torch.default_generator.manual_seed(seed)
    with torch.set_grad_enabled(grad):
        return _values(modality, x)


def _loss(modality: Modality, x: Tensor) -> Tensor:
    outputs = _values(modality, x)
    regular = sum(outputs[n].square().sum() for n in outputs if n != "log_prob")
    return regular + outputs["content.logvar"].sum() - outputs["log_prob"].sum()


def _with_filler(modality: Modality, values: Tensor, largest: bool) -> dict[str, Tensor]:
    """Return posteriors and gradients of a batch whose rows 1, 3 and 5 are absent."""
    modality.zero_grad()
    raw, present = values.clone(), torch.arange(ROWS) % 2 == 0
    odd = float("nan") if raw.is_floating_point() else torch.iinfo(raw.dtype).max
    raw[~present] = odd if largest else 0
    codec = Codec({"m": modality}, {"m": STYLE}, StandardPrior(CONTENT))
    torch.default_generator.manual_seed(0)
    encoding = codec.encode(Batch({"m": raw}, {"m": present}))
    log_prob = modality.decode(encoding.content.loc[0], encoding.styles["m"].loc).log_prob(
        encoding.values["m"]
    )
    (encoding.content.logvar.sum() - log_prob.masked_fill(~present, 0).sum()).backward()
    return {"content": encoding.content.loc.detach(), **_gradients(modality)}


def _gradients(module: nn.Module) -> dict[str, Tensor]:
    return {
        f"the gradient of {n}": p.grad.clone()
        for n, p in module.named_parameters()
        if p.grad is not None
    }


def _rows(outputs: Tensors, rows: list[int]) -> Tensors:
    return {name: tensor[rows] for name, tensor in outputs.items()}


def _require_posteriors(posterior: Posterior, rows: int, style_dim: int) -> None:
    for name, q, size in (
        ("content", posterior.content, CONTENT),
        ("style", posterior.style, style_dim),
    ):
        for part, tensor in (("loc", q.loc), ("logvar", q.logvar)):
            require_shape(tensor, (rows, size), f"{name}.{part}")
            require(tensor.dtype in (torch.float32, torch.float64), f"{name} is {tensor.dtype}")
            require(tensor.isfinite().all(), f"{name}.{part} is not finite")


def _require_shapes(likelihood: Distribution, modality: Modality, rows: int) -> None:
    batch, event = tuple(likelihood.batch_shape), tuple(likelihood.event_shape)
    require(batch == (rows,), f"the likelihood of {rows} rows has the batch shape {batch}")
    declared = tuple(modality.event_shape)
    require(event == declared, f"the likelihood has the event shape {event}, not {declared}")
