# One image; docker-compose.yml runs it under several commands. It speaks plain HTTP on port 8000:
# TLS is the work of a reverse proxy in front of it (docs/operations.md).

FROM node:24-slim AS assets
WORKDIR /assets
COPY admin_api/assets/package.json admin_api/assets/package-lock.json admin_api/assets/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/cairn
COPY requirements/build.txt requirements/run.txt /tmp/requirements/
RUN /opt/cairn/bin/pip install --require-hashes --no-deps -r /tmp/requirements/build.txt \
    && /opt/cairn/bin/pip install --require-hashes --no-deps -r /tmp/requirements/run.txt
COPY . /app
COPY --from=assets /assets/node_modules/govuk-frontend /app/admin_api/assets/node_modules/govuk-frontend
RUN /opt/cairn/bin/pip install --no-deps --no-build-isolation --editable /app \
    && /opt/cairn/bin/python -m compileall -q /app

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin cairn \
    && install --directory --owner=cairn --group=cairn --mode=0700 /data
COPY --from=build /opt/cairn /opt/cairn
COPY --from=build /app /app
ENV PATH=/opt/cairn/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CAIRN_DATA=/data \
    CAIRN_HOST=0.0.0.0 \
    CAIRN_PORT=8000 \
    CAIRN_LOG_FORMAT=json
WORKDIR /app
USER 10001:10001
VOLUME /data
ENTRYPOINT ["cairn"]
CMD ["up"]
