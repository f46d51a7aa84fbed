"""The module."""
print(__doc__)
