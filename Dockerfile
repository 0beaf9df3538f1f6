# The worker, and every other `deskpulse` command: docker run --rm deskpulse --help
ARG PYTHON_IMAGE=python:3.12.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
RUN python -m venv /opt/deskpulse
# The dependencies change less often than the code: a layer of their own.
COPY requirements/worker.lock requirements/worker.lock
RUN /opt/deskpulse/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
      -r requirements/worker.lock
# What builds the wheel is pinned too, and stays out of the image.
COPY requirements/build.lock requirements/build.lock
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/build.lock
COPY pyproject.toml README.md ./
COPY schemas schemas
COPY stream stream
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --disable-pip-version-check --wheel-dir /wheels . \
 && /opt/deskpulse/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps /wheels/*.whl \
 && /opt/deskpulse/bin/deskpulse --help > /dev/null

FROM ${PYTHON_IMAGE}
# A fixed number, so that a volume or a Kubernetes securityContext can name it.
RUN groupadd --system --gid 10001 deskpulse \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/deskpulse deskpulse \
 && install -d -o 10001 -g 10001 /var/lib/deskpulse
COPY --from=build /opt/deskpulse /opt/deskpulse
# Inside a container loopback reaches nobody; the port is published by the one who runs it.
ENV PATH=/opt/deskpulse/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DESKPULSE_WEB_HOST=0.0.0.0 \
    DESKPULSE_INTAKE_PORT=6066 \
    DESKPULSE_NOTIFY_PORT=6066 \
    DESKPULSE_DATA_DIR=/var/lib/deskpulse \
    DESKPULSE_LOG_FORMAT=json
WORKDIR /var/lib/deskpulse
USER 10001:10001
EXPOSE 6066
# The worker hands its partitions over and commits on SIGTERM.
STOPSIGNAL SIGTERM
# No curl in the image. A proxy in the environment must not be asked for a loopback address.
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ.get('DESKPULSE_WEB_PORT', '6066') + '/healthz', timeout=3)"]
ENTRYPOINT ["deskpulse"]
CMD ["worker"]
