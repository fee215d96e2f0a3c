"""What reaches a terminal, and what a terminal sends: printed text, escaped names, signals."""
