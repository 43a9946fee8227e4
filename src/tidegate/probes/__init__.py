"""Ways to look at a device and say whether it is healthy."""
