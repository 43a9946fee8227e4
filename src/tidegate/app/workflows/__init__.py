"""The workflows of a project: written from its strategies, and known again when they lie in the repository."""
