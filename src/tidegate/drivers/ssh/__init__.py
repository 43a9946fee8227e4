"""Devices behind sshd."""
