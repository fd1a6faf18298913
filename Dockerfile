# An image with the XLA runtime and the built examples inside:
#
#     docker build -t cotangent .
#     docker run --rm --network none cotangent
#     docker run --rm cotangent make test
#
# Every step is a script that runs outside of Docker too.

FROM rust:1-bookworm
WORKDIR /cotangent

COPY scripts/install-packages.sh scripts/
RUN scripts/install-packages.sh

# The large download stands before the sources, so that a change of them does not repeat it.
COPY scripts/setup.py scripts/
COPY native/include native/include
RUN python3 scripts/setup.py

COPY . .
RUN scripts/build-image.sh

CMD ["make", "demo"]
