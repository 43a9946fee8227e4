"""The demo: a small shop on 24 machines, and the whole journey of its changes, checked as it is played."""
