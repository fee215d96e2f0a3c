"""What serves several tests of this project; it is imported as ``support``."""
