"""The command line; no torch is imported before a command needs it."""
