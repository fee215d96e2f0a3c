"""The method ``set-encoder`` and the joint posterior ``set`` for mmcore."""
