"""From the options of a command line to a configuration; no torch is imported here."""
