"""The method ``jmvae`` and the joint posterior ``joint`` for mmcore."""
