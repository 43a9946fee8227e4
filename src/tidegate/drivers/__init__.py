"""Ways to put an artifact on a device and to take it off again."""
