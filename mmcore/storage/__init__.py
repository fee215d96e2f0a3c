"""Files and documents: atomic writing, bounded reading, hashes and versions of formats."""
