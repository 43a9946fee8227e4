"""`python -m tidegate.action`: what the image starts."""

from __future__ import annotations

from tidegate.action.main import main

if __name__ == "__main__":
    main()
