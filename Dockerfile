# The origin. Put nginx or a CDN in front: see compose.yaml and nginx/.
FROM python:3.12-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk fonts-noto-color-emoji \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 signet

WORKDIR /app
COPY pyproject.toml constraints.txt README.md ./
COPY renderer renderer
COPY nginx nginx
COPY server server
RUN pip install --no-cache-dir -c constraints.txt '.[distributed,export]'
COPY templates templates

ENV SIGNET_HOST=0.0.0.0 SIGNET_DATA_DIR=/data
RUN install -d -o signet -g signet -m 0700 /data
USER signet
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["signet", "serve"]
