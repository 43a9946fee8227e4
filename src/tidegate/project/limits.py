"""What one template may use."""

from __future__ import annotations

CPU_SECONDS = 5
MEMORY = 256 * 1024 * 1024
"""Bytes of address space, beside what the child had before."""
OUTPUT = 4 * 1024 * 1024
"""Characters of one rendered text."""
