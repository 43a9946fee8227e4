"""The user's files as one value, and what each device gets of it."""
