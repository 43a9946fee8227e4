"""The web shop behind each of the demo's devices: a real server that runs what it has loaded, not what lies on disk."""
