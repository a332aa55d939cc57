# The binary with its page, as nobody's user, on a root that is read only. Data is in /var/lib/tailplane.
# docker build -t tailplane . && docker run --rm tailplane --help

FROM node:22-bookworm-slim AS ui
WORKDIR /source/web/ui
COPY web/ui/package.json web/ui/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY web/ui ./
RUN npm run build

FROM rust:1.95-bookworm AS binary
WORKDIR /source
COPY . .
COPY --from=ui /source/web/ui/dist web/ui/dist
RUN cargo build --profile dist --locked -p tailplane

FROM debian:bookworm-slim
# Certificates for object stores, curl for the health check.
RUN apt-get update -q && apt-get install -qy --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 65532 tailplane && useradd --uid 65532 --gid 65532 --no-create-home tailplane \
    && install -d -o 65532 -g 65532 -m 0750 /var/lib/tailplane /run/tailplane
COPY --from=binary /source/target/dist/tailplane /usr/local/bin/tailplane
COPY LICENSE /usr/share/doc/tailplane/LICENSE
USER 65532:65532
WORKDIR /var/lib/tailplane
VOLUME /var/lib/tailplane
ENV TAILPLANE__STORAGE__URL=/var/lib/tailplane \
    TAILPLANE__STORAGE__LOCAL_FOLDER=/var/lib/tailplane
EXPOSE 4317 4318 4319
# Of the page on its default address; where it is elsewhere, so is the check (docker-compose.yml, deploy/kubernetes).
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["curl", "--fail", "--silent", "--max-time", "2", "http://127.0.0.1:4319/readyz"]
ENTRYPOINT ["tailplane"]
CMD ["serve"]
