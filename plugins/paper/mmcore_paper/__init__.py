"""The experiments of the mmJSD paper."""
