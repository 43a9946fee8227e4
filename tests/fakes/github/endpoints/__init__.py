"""All endpoints, by topic. The first that matches is asked, so longer paths of one beginning stand first."""

from __future__ import annotations

from fakes.github.endpoints import checks, gates, graphql, pulls, repository, runs

ROUTES = (
    *checks.ROUTES,
    *runs.ROUTES,
    *pulls.ROUTES,
    *gates.ROUTES,
    *repository.ROUTES,
    *graphql.ROUTES,
)
