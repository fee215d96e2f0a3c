"""Trained models, each the folder of a run; `mmcore demo` opens them by the names of their entry points."""
