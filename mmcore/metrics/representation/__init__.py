"""The representation: linear probes and maps."""
