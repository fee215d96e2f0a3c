"""Runs: train, evaluate, predict and reproduce, each in the folder of a run.

- `settings`: from the options of a command line to a configuration. No torch is imported there, so that
  errors of the command line appear at once.
- `folder`: the files of a run, its lock, and its record.
- `run`: a finished run, its model and its data; `members`: the runs of an ensemble.
- `training`: a job in a folder, new or resumed.
- `evaluation`: the tables of every metric, the report, the generation prior, published experiments.
- `prediction`: impute, embed, score and explain. Neither the training engine nor a metric is imported there.
"""
