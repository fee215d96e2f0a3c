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
    """Options of an encoder of the library transformers."""

    model: str | None = Field(
        None, description="folder, or name on the hub, of the initial weights of the encoder"
    )
    config: str | dict[str, Any] | None = Field(
        None,
        description="config.json of an encoder with random initial weights, instead of a model",
    )
    frozen: bool = Field(False, description="do not train the encoder")
    lora_rank: NonNegativeInt = Field(
        0, description="train low-rank updates of the encoder only (needs peft); 0 = none"
    )
    gradient_checkpointing: bool = Field(
        False, description="compute activations again in the backward pass: less memory, more time"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.model is not None and self.config is not None:
            raise ValueError("give either a model or a config, not both")
        if self.frozen and self.lora_rank:
            raise ValueError("frozen and lora_rank exclude each other; omit one of them")
        return self


class HfTextSettings(BackboneSettings):
    """Options of the modality ``hf-text``."""

    captions: str | None = Field(
        None, description="modality whose data set has the texts; default: sentences about digits"
    )
    tokenizer: str | dict[str, Any] | None = Field(
        None,
        description="folder, name, or tokenizer.json; default: that of the model; for a config,"
        " trained on the sample of the captions, or on the training texts of a study",
    )
    vocabulary: PositiveInt = Field(
        512, ge=300, description="vocabulary size of a trained tokenizer"
    )
    length: PositiveInt = Field(
        16,
        ge=2,
        description="tokens of a text; longer texts are truncated; default in a study: those of the"
        " longest training text, at most 128",
    )
    paths: bool = Field(
        False, description="the column of a study contains paths of files, not texts"
    )
    pooling: Literal["mean", "first"] = Field(
        "mean", description="features of a text: mean over its tokens, or the first token"
    )
    width: PositiveInt = Field(128, multiple_of=4, description="width of the decoder, 4 heads")
    layers: PositiveInt = Field(2, description="layers of the decoder")


class ProcessorSettings(Frozen):
    """The size, mean and standard deviation of the images of an encoder."""

    side: PositiveInt = Field(description="in pixels")
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[PositiveFloat, PositiveFloat, PositiveFloat] = (0.5, 0.5, 0.5)


class HfImageSettings(BackboneSettings):
    """Options of the modality ``hf-image``."""

    pictures: str | None = Field(
        None, description="modality whose data set has the images; default: colored digits"
    )
    size: PositiveInt = Field(
        32, multiple_of=8, description="width and height of a decoded image, in pixels"
    )
    processor: ProcessorSettings | None = Field(
        None,
        description="side, mean and std of the images of the encoder; default: those of the model",
    )
    pooling: Literal["mean", "first"] = Field(
        "mean", description="features of an image: mean over its patches, or the first token"
    )
    width: PositiveInt = Field(32, description="channels of the last hidden layer of the decoder")
    likelihood: Literal["laplace", "gaussian"] = "laplace"
    scale: PositiveFloat = Field(
        0.75, description="scale, or standard deviation, of the likelihood"
    )
