"""The programs that are measured, each in a process and an environment of its own.

These files are run with the Python of the peer, 3.10 or later, which does not have mmcore.
"""
