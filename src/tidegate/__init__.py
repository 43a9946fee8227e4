"""Continuous deployment for IT operations: a plan that was reviewed is rolled out in waves, and the record says so."""

__version__ = "0.1.0"
