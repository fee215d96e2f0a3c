"""The command line; torch is imported only by commands that need it."""
