"""Pretrained language and vision models as modalities of mmcore."""
