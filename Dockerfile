# syntax=docker/dockerfile:1
# Two stages: what builds the environment stays behind. The bot runs as nobody in particular, opens no port, and writes
# into /data alone, so the file system may be read-only (see compose.yaml).
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
RUN pip install --no-cache-dir --disable-pip-version-check "uv>=0.9,<1"
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
# The packages first: they change less often than the code. `--locked` holds every one to its hash in uv.lock.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --extra charts --extra postgres
COPY LICENSE bot.py ./
COPY cogs cogs
COPY services services
COPY ops ops
RUN python -m compileall -q bot.py cogs services ops

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin bot \
    && install -d -o bot -g bot -m 0700 /data
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH DATA_DIR=/data MPLCONFIGDIR=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /data
STOPSIGNAL SIGTERM
# No port: it reads the heartbeat that the bot writes into /data.
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 CMD ["python", "bot.py", "health"]
ENTRYPOINT ["python", "bot.py"]
CMD ["run"]
