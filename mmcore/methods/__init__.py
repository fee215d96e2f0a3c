"""Methods: an objective with the joint posteriors for representations and for generation.

Each module but `base` and `weights` has methods; `mmcore.config.components` has their options.
"""
