"""Frozen values everybody speaks in: no I/O, no clock, no chance."""
