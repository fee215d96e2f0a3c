"""The folder of a run: files, lock, record and inventory."""
