# The command for CPUs, without torch: decodes everything, encodes images and audio by the latent grids.
#
#     docker build -t inrcodec .
#     docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" inrcodec encode photo.png
#
# Both stages have Debian 12 and Python 3.11: what one installs, the other runs.

FROM python:3.11-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements/ /requirements/
RUN pip install --require-hashes --only-binary :all: -r /requirements/build.txt \
    && pip install --require-hashes --only-binary :all: --prefix /app -r /requirements/runtime.txt
COPY . /source
# The wheel that is released: kernels for any processor of this kind, not for the one that builds.
RUN python /source/building/wheels.py "manylinux_2_17_$(uname -m)" --out /wheels \
    && pip install --no-deps --no-index --prefix /app /wheels/*.whl \
    && find /app -type d -name tests -prune -exec rm -r {} +

# Python and what it links to; no shell, no pip.
FROM gcr.io/distroless/python3-debian12:nonroot

COPY --from=build /app /app
ENV PYTHONPATH=/app/lib/python3.11/site-packages
USER nonroot
WORKDIR /work
ENTRYPOINT ["/usr/bin/python3.11", "-m", "inrcodec"]
