"""Runs: a configuration, carried out in a folder that explains itself.

`assemble` and `folder` import no torch, so that a mistake on the command line is answered at once;
`job` carries a run out, `train` does so in one call from Python, `summary` ends it.
"""
