# The worker. Debian's packages bring git, and promtool and amtool, with which alerting is proved.
FROM node:20.19.4-bookworm-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git openssh-client prometheus prometheus-alertmanager \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/temporal-mlops
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
# The Temporal packages are peer dependencies and stand in the lock file as development ones, so all
# are installed; `npm ci` also builds dist/.
RUN npm ci && ln -s /opt/temporal-mlops/dist/cli/main.js /usr/local/bin/temporal-mlops \
    && mkdir -p /var/lib/temporal-mlops && chown node:node /var/lib/temporal-mlops

# User id 1000: the folder that is mounted as /repositories must belong to it.
USER node
ENTRYPOINT ["temporal-mlops"]
CMD ["worker"]
