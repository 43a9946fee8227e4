# The image of the action. Built by `make image`, by GitHub for `uses:` of a branch, and by the release, which pins it
# by digest in action.yml. Nothing but what runs is in the second stage; OPA is the real one.
FROM docker.io/openpolicyagent/opa:1.22.2-static AS opa

FROM docker.io/library/python:3.13-slim-trixie AS build
# Another index, where PyPI is reached through a mirror: --build-arg PIP_INDEX_URL=...
ARG PIP_INDEX_URL=
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
WORKDIR /src
RUN python -m venv /opt/tidegate
COPY requirements/build.lock requirements/runtime.lock requirements/
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --quiet --require-hashes -r requirements/build.lock \
    && /opt/tidegate/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements/runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY policies policies
COPY examples/first examples/first
RUN /opt/build/bin/python -m hatchling build -t wheel -d /dist \
    && /opt/tidegate/bin/pip install --quiet --no-deps --no-index /dist/*.whl \
    && /opt/tidegate/bin/pip uninstall --quiet --yes pip \
    && find /opt/tidegate -name __pycache__ -prune -exec rm -rf {} + \
    && /opt/tidegate/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/tidegate/lib \
    && chmod -R a-w /opt/tidegate

FROM docker.io/library/python:3.13-slim-trixie
LABEL org.opencontainers.image.title="Tidegate" \
      org.opencontainers.image.description="Continuous deployment for IT operations, native to GitHub Actions" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/cache/ldconfig /var/log/apt /var/log/dpkg.log
COPY --from=opa /opa /usr/local/bin/opa
COPY --from=build /opt/tidegate /opt/tidegate
RUN printf '#!/opt/tidegate/bin/python -I\nfrom tidegate.action.post import main\n\nmain()\n' >/usr/local/bin/tidegate-post \
    && chmod 0555 /usr/local/bin/tidegate-post
ENV PATH=/opt/tidegate/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# As root, because GitHub's workspace and home are the runner's; without a shell, so that signals arrive; isolated (-I),
# because the workspace, where it is started, may hold a module of somebody else's.
ENTRYPOINT ["/opt/tidegate/bin/python", "-I", "-m", "tidegate.action"]
