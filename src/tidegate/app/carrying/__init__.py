"""Carrying a rollout out: its contents, ways to the devices, the engine until it leaves, what GitHub is told."""
