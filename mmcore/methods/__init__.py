"""Methods: an objective with the joint posteriors for representations and for generation.

Each module but `base`, `styles` and `weights` is one method; `mmcore.config.components` has their options.
"""
