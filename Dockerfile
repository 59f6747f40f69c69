FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --home-dir /srv/cati cati && install -d -o cati /srv/cati/var
WORKDIR /srv/cati
COPY requirements.lock ./
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY --chown=cati . .
RUN python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e .
USER cati
ENV CATI_HOST=0.0.0.0 PORT=8000 CATI_VAR=/srv/cati/var
VOLUME /srv/cati/var
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD python -c "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"
STOPSIGNAL SIGTERM
CMD ["cati", "serve"]
