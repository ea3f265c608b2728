# The tracker in one container: `docker build -t tracker .`, then
#   docker run -p 8000:8000 -p 127.0.0.1:8001:8001 -v tracker-data:/data --stop-timeout 20 tracker
# The admin port (8001) has no business on a public address: publish it on loopback or on a private network only.
# The tag names the series; where your registry can be asked, pin the digest too (python:3.11-slim-bookworm@sha256:…).

FROM python:3.11-slim-bookworm AS builder
# make comes from the base image's own distribution release; its exact version changes nothing in what is built
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY Makefile requirements.lock ./
RUN make .venv/.locked
COPY . .
RUN make setup
# For an image that only talks to a ClickHouse server: --build-arg LEAVE_OUT="chdb-core pandas pyarrow numpy"
ARG LEAVE_OUT=""
RUN test -z "$LEAVE_OUT" || .venv/bin/python -m pip uninstall --quiet --yes $LEAVE_OUT

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home tracker && install -d -o tracker -g tracker -m 0700 /data
COPY --from=builder /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TRACKER_DATA=/data \
    TRACKER_HOST=0.0.0.0 \
    TRACKER_ADMIN_HOST=0.0.0.0
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000 8001
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["tracker"]
CMD ["serve"]
