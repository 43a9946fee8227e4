"""All endpoints, by topic."""

from __future__ import annotations

from fakes.github.endpoints import checks, graphql, pulls, repository, runs

ROUTES = (*checks.ROUTES, *runs.ROUTES, *pulls.ROUTES, *repository.ROUTES, *graphql.ROUTES)
