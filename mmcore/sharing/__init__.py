"""Models on the Hub of Hugging Face, with a card, see ``mmcore push`` and `Model.from_pretrained`."""
