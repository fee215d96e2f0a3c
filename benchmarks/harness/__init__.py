"""The runner of the benchmarks: rounds of turns, ratios, the page and its plots."""
