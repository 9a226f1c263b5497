#!/usr/bin/env bash
set -euo pipefail
if [ "${1-}" = --help ]; then
  echo "usage: gen-ca-keypair.sh: make the keypair of the certificate authority in QVM_DIR/certs/ca, unless there is one"
  exit 0
fi
: "${QVM_DIR:?say where the certificates go: export QVM_DIR=~/qvm}"

ca=${QVM_DIR}/certs/ca
umask 077 # Nobody else may read the private key, from its first byte on
mkdir -p "${ca}"

if ! openssl pkey -in "${ca}/priv.pem" -noout 2>/dev/null; then
  args=(
    -out "${ca}/priv.pem.new"
    -outform PEM
    -algorithm RSA
    -pkeyopt rsa_keygen_bits:2048
    -quiet
  )
  openssl genpkey "${args[@]}"
  mv "${ca}/priv.pem.new" "${ca}/priv.pem"
fi

openssl pkey -in "${ca}/priv.pem" -pubout -out "${ca}/pub.pem.new"
if cmp -s "${ca}/pub.pem.new" "${ca}/pub.pem"; then
  rm "${ca}/pub.pem.new"
else
  mv "${ca}/pub.pem.new" "${ca}/pub.pem"
fi
