"""The requests and the responses of a service, as models of pydantic made from the modalities of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from mmcore.config.base import Seed
from mmcore.jsonvalues import CellsForm, ValueForm, object_type, record_type
from mmcore.serving.limits import Limits

__all__ = ["Failure", "Health", "Schemas"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Health(_Strict):
    """The response of ``/health``."""

    status: Literal["ok"] = "ok"
    run: str = Field(description="name of the folder of the run")
    modalities: list[str]
    mmcore: str = Field(description="version")


class Failure(_Strict):
    """The response to a request that cannot be carried out."""

    error: str = Field(description="one sentence: what is wrong, and what was expected")


class Embedding(_Strict):
    """The joint representation of a record."""

    id: str
    given: list[str] = Field(description="the modalities that the record has")
    mean: list[float] = Field(description="of each dimension of q(c | X)")
    sd: list[float] = Field(description="standard deviation of each dimension of q(c | X)")
    nats: dict[str, float] = Field(description="information that each given modality adds")


class Embeddings(_Strict):
    """The response of ``/embed``."""

    records: list[Embedding]
    notes: list[str]


class Score(_Strict):
    """The log-likelihood of a record."""

    id: str
    given: list[str] = Field(description="the modalities that the record has")
    log_p: float | None = Field(description="log p(X), in nats")
    standard_error: float | None = Field(description="of log_p, from the draws, in nats")
    effective_samples: float | None = Field(description="effective sample size of the draws")
    by_modality: dict[str, float | None] = Field(
        description="log p of each given modality given the others, in nats, if it is requested"
    )


class Scores(_Strict):
    """The response of ``/score``."""

    records: list[Score]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Schemas:
    """The models of the requests and of the responses that depend on the modalities.

    Arguments:
        impute, embed, score, generate: bodies of the requests.
        imputed, generated: responses.
    """

    impute: type[BaseModel]
    embed: type[BaseModel]
    score: type[BaseModel]
    generate: type[BaseModel]
    imputed: type[BaseModel]
    generated: type[BaseModel]

    @classmethod
    def of(cls, forms: Mapping[str, ValueForm], limits: Limits) -> "Schemas":
        """Return the models for the modalities of a run.

        Arguments:
            forms: of all modalities.
            limits: of the sizes of a request.
        """
        record = record_type(forms)
        records = _records(record, limits)
        return cls(
            impute=_request("ImputeRequest", records | _imputing(limits)),
            embed=_request("EmbedRequest", records | {"seed": _seed()}),
            score=_request("ScoreRequest", records | _scoring(limits)),
            generate=_request("GenerateRequest", _generating(record, forms, limits)),
            imputed=_response("Imputed", _request("ImputedRecord", _imputed(record, forms))),
            generated=_response("Generated", record),
        )


def _request(name: str, fields: Mapping[str, Any]) -> type[BaseModel]:
    model: type[BaseModel] = create_model(name, __base__=_Strict, **fields)
    return model


def _response(name: str, record: Any) -> type[BaseModel]:
    return _request(name, {"records": (list[record], ...), "notes": (list[str], ...)})


def _records(record: Any, limits: Limits) -> dict[str, Any]:
    ids = "names of the records in the response, all different; their numbers, from 0, by default"
    many = Annotated[list[record], Field(min_length=1, max_length=limits.records)]
    names = Annotated[list[str], Field(max_length=limits.records)] | None
    about = "records; a modality that a record lacks is null or left out"
    return {
        "records": (many, Field(description=about)),
        "ids": (names, Field(None, description=ids)),
    }


def _seed() -> tuple[Any, Any]:
    return Seed, Field(0, description="of everything random")


def _samples(default: int, limits: Limits, what: str) -> tuple[Any, Any]:
    count = Annotated[int, Field(ge=1, le=limits.samples)]
    return count, Field(min(default, limits.samples), description=what)


def _imputing(limits: Limits) -> dict[str, Any]:
    posteriors = Literal["generation", "corrected"]
    return {
        "level": (float, Field(0.9, gt=0, lt=1, description="probability of an interval")),
        "samples": _samples(199, limits, "draws for a mean and an interval"),
        "posterior": (
            posteriors,
            Field("generation", description="distribution of content and styles"),
        ),
        "seed": _seed(),
    }


def _scoring(limits: Limits) -> dict[str, Any]:
    return {
        "samples": _samples(512, limits, "importance samples of each record"),
        "by_modality": (bool, Field(False, description="also log p of each modality")),
        "seed": _seed(),
    }


def _generating(record: Any, forms: Mapping[str, ValueForm], limits: Limits) -> dict[str, Any]:
    names: Any = Literal[tuple(forms)]
    given = "a record on which the generated ones depend; they are samples of the prior by default"
    return {
        "rows": (int, Field(1, ge=1, le=limits.records, description="number of records")),
        "given": (record | None, Field(None, description=given)),
        "modalities": (
            list[names] | None,
            Field(None, description="what is generated; all by default"),
        ),
        "seed": _seed(),
    }


def _imputed(record: Any, forms: Mapping[str, ValueForm]) -> dict[str, Any]:
    cells = {name: dict[str, Any] for name, form in forms.items() if isinstance(form, CellsForm)}
    flags = {n: dict[str, bool] if n in cells else bool for n in forms}
    return {
        "id": (str, ...),
        "values": (record, Field(description="observed values, and imputed ones for all others")),
        "observed": (object_type("Observed", flags), Field(description="by cell or by modality")),
        "low": (object_type("Low", cells), Field(description="lower ends of intervals")),
        "high": (object_type("High", cells), Field(description="upper ends of intervals")),
        "probability": (
            object_type("Probability", cells),
            Field(description="of imputed categories"),
        ),
        "effective_samples": (
            float | None,
            Field(None, description="with the posterior corrected, see mmcore impute"),
        ),
    }
