"""Runs: train, evaluate, predict and reproduce, each in the folder of a run.

`assemble` and `folder` import no torch, so that errors of the command line appear at once. `job` trains,
`train` does so in one call from Python, and `run` opens a finished run; `run` and `predict` import
neither the training engine nor the metrics.
"""
