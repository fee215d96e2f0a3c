"""A trained model as a service over HTTP, see ``mmcore serve``."""
