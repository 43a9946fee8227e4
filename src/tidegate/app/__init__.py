"""Use cases as functions: the only place that puts checks, planner, engine and audit together."""
