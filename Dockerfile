# One image for the five processes; compose.yaml chooses which one a container runs. The last stage
# holds no compiler, no shell tools beyond Debian's own, and nothing of what the build needed.
#
# Behind a proxy: --build-arg http_proxy=… https_proxy=… (Docker knows them; they stay out of the
# image). Behind a private CA: --build-arg EXTRA_CA="$(base64 -w0 ca.pem)"; only the stage that
# compiles sees it.
ARG BASE=debian:bookworm-slim

# A mail server that keeps what it is given, to see mails without sending any (profile "mail").
FROM ${BASE} AS mail
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends python3-aiosmtpd \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
  && useradd --system --uid 7105 --no-create-home --shell /usr/sbin/nologin mail-catcher
USER 7105:7105
EXPOSE 1025
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/1025 && read -r -t 2 line <&3 && [[ $line == 220* ]]"]
CMD ["python3", "-m", "aiosmtpd", "--nosetuid", "--smtputf8", "--listen=0.0.0.0:1025", \
  "--class=aiosmtpd.handlers.Mailbox", "/mails/caught"]

FROM ${BASE} AS build
ARG EXTRA_CA=""
ARG npm_config_registry=""
ARG REGULARS_JOBS=""
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
WORKDIR /src
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends ca-certificates \
  && if [ -n "$EXTRA_CA" ]; then \
    printf %s "$EXTRA_CA" | base64 -d >/usr/local/share/ca-certificates/extra.crt; \
    update-ca-certificates; fi
# Alone, so that a change of the sources does not install everything again.
COPY dev ./
RUN ./dev deps
COPY . .
RUN ./dev build release customer-svc loyalty-svc recommend-svc campaign-svc gateway regularsctl \
  && mkdir /out && cd build/release/bin \
  && for name in customer-svc loyalty-svc recommend-svc campaign-svc gateway regularsctl; do \
    strip -o "/out/$name" "$name" || exit; done

FROM ${BASE} AS runtime
# What the binaries name as NEEDED; the rest comes along with these.
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
    ca-certificates tzdata libabsl20220623 libargon2-1 libcurl4 libgrpc++1.51 libgrpc29 libicu72 \
    libjemalloc2 libphonenumber8 libprometheus-cpp-core1.0 libprotobuf32 libsoci-core4.0 \
    libsoci-sqlite3-4.0 libspdlog1.10 libsqlite3-0 libssl3 libstdc++6 zlib1g \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
# A user for each process: none reads another's store. A new named volume takes over owner and mode
# of these folders. Only the gateway writes the keys that tokens are verified with; the folder of
# the services' own keys is sticky, so that none replaces another's (docs/decisions/0016).
RUN uid=7100 && cd /var/lib && install -d regulars \
  && for name in access customer loyalty recommend campaign; do \
    useradd --system --uid $uid --no-create-home --home-dir /var/lib/regulars/$name \
      --shell /usr/sbin/nologin regulars-$name \
    && install -d -m 0700 -o $uid -g regulars-$name regulars/$name || exit; uid=$((uid + 1)); done \
  && install -d -m 0755 -o 7100 -g root regulars/keys && install -d -m 1777 regulars/keys/services
COPY container/ready.sh /usr/local/bin/ready
COPY --from=build /out/ /usr/local/bin/
# The sources may have been checked out with a umask that lets only root run the script.
RUN chmod 0755 /usr/local/bin/ready \
  && ! ldd /usr/local/bin/*-svc /usr/local/bin/gateway /usr/local/bin/regularsctl \
  | grep 'not found'
USER 7100
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["ready"]
CMD ["gateway", "--help"]
