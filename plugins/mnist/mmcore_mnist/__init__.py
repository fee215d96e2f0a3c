"""MNIST digits as a modality of mmcore."""
