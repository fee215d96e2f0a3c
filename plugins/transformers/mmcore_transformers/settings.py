"""Options of the modalities ``hf-text`` and ``hf-image``; no torch is imported here."""

from typing import Any, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from mmcore.config import Frozen

TINY_BERT = {
    "model_type": "bert",
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 128,
}
TINY_VIT = {
    "model_type": "vit",
    "image_size": 32,
    "patch_size": 8,
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 128,
}


class BackboneSettings(Frozen):
    """Options of any encoder of the library transformers."""

    model: str | None = Field(
        None, description="folder, or name on the hub, whose weights the encoder starts from"
    )
    config: str | dict[str, Any] | None = Field(
        None,
        description="instead of a model: a config.json, whose model starts from random weights",
    )
    frozen: bool = Field(False, description="keep the encoder's weights as they are")
    lora_rank: NonNegativeInt = Field(
        0, description="train low-rank updates of the encoder only (needs peft); 0 = none"
    )
    gradient_checkpointing: bool = Field(
        False, description="compute activations twice rather than keep them"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.model is not None and self.config is not None:
            raise ValueError("give either a model or a config, not both")
        if self.frozen and self.lora_rank:
            raise ValueError("a frozen encoder has no lora_rank; leave out one of them")
        return self


class HfTextSettings(BackboneSettings):
    """Options of the modality ``hf-text``."""

    captions: str | None = Field(
        None, description="modality whose data set brings the texts; default: sentences on digits"
    )
    tokenizer: str | dict[str, Any] | None = Field(
        None,
        description="folder, name, or tokenizer.json; default: the model's own, or for a config one"
        " that is trained on the sample of the captions, in a study on the training texts",
    )
    vocabulary: PositiveInt = Field(
        512, ge=300, description="tokens of a tokenizer that is trained here"
    )
    length: PositiveInt = Field(
        16,
        ge=2,
        description="tokens of a text; what is longer is cut off; in a study by default those of the"
        " longest in training, at most 128",
    )
    paths: bool = Field(
        False, description="whether a study's column holds paths of files, not texts"
    )
    pooling: Literal["mean", "first"] = Field(
        "mean", description="features of a text: mean over its tokens, or the first token"
    )
    width: PositiveInt = Field(128, multiple_of=4, description="width of the decoder, 4 heads")
    layers: PositiveInt = Field(2, description="layers of the decoder")


class ProcessorSettings(Frozen):
    """What pictures an encoder is used to."""

    side: PositiveInt = Field(description="in pixels")
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[PositiveFloat, PositiveFloat, PositiveFloat] = (0.5, 0.5, 0.5)


class HfImageSettings(BackboneSettings):
    """Options of the modality ``hf-image``."""

    pictures: str | None = Field(
        None, description="modality whose data set brings the pictures; default: coloured digits"
    )
    size: PositiveInt = Field(32, multiple_of=8, description="side of what is decoded, in pixels")
    processor: ProcessorSettings | None = Field(
        None, description="side, mean and std that the encoder is used to; default: the model's own"
    )
    pooling: Literal["mean", "first"] = Field(
        "mean", description="features of a picture: mean over its patches, or the first token"
    )
    width: PositiveInt = Field(32, description="channels of the decoder's last layer but one")
    likelihood: Literal["laplace", "gaussian"] = "laplace"
    scale: PositiveFloat = Field(
        0.75, description="scale, or standard deviation, of the likelihood"
    )
