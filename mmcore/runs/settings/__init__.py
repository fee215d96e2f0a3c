"""Conversion of command-line options to a configuration; no torch is imported here."""
