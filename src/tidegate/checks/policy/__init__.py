"""Policies: rules in Rego, asked by an engine of their own."""
