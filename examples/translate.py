"""Train a model of two modalities briefly, then generate words from images.

uv run python examples/translate.py
"""

import tempfile

import torch
from mmcore_mnist.data import MnistData
from mmcore_text.alphabet import decode

import mmcore

with tempfile.TemporaryDirectory() as folder:
    result = mmcore.train("mnist", "text", data="sample", steps=150, out=f"{folder}/run")

test = MnistData().sample("test")
images = test.fetch(torch.arange(5), mmcore.Noise(5))
words = result.model.translate({"mnist": images}, ("text",))["text"]
for label, word in zip(test.labels[:5].tolist(), decode(words), strict=True):
    print(f"the image shows a {label}, the model generates '{word.strip()}'")
