#!/usr/bin/env bash
# Makes the keys anew: three of each kind, for a root, an issuing authority and a leaf.
set -euo pipefail
cd "$(dirname "$0")"
three() { for _ in root issuing leaf; do openssl genpkey "${@:2}"; done >"$1.pem" 2>/dev/null; }
for curve in 256 384 521; do three "ec-p$curve" -algorithm EC -pkeyopt "ec_paramgen_curve:P-$curve"; done
for bits in 2048 3072 4096; do three "rsa-$bits" -algorithm RSA -pkeyopt "rsa_keygen_bits:$bits"; done
three ed25519 -algorithm Ed25519
# One that is larger than what a keyring takes.
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:8192 -out rsa-8192.pem 2>/dev/null
