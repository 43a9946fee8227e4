"""`tidegate init`: a project to begin with, and its workflows; nothing that is there is written over."""
