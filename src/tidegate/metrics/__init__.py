"""Records to numbers: is delivery getting faster and safer."""
