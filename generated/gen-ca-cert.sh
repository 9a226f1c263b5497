#!/usr/bin/env bash
set -euo pipefail
if [ "${1-}" = --help ]; then
  echo "usage: gen-ca-cert.sh: sign the certificate of the authority and copy it to QVM_DIR/ca-cert/qvm-ca.pem"
  exit 0
fi
: "${QVM_DIR:?say where the certificates go: export QVM_DIR=~/qvm}"

ca=${QVM_DIR}/certs/ca
if [ ! -s "${ca}/priv.pem" ]; then
  echo "gen-ca-cert.sh: there is no key yet, run gen-ca-keypair.sh first" >&2
  exit 1
fi

good() {
  openssl x509 -in "${ca}/cert.pem" -noout -checkend $((30 * 24 * 3600)) >/dev/null 2>&1 &&
    openssl verify -x509_strict -CAfile "${ca}/cert.pem" "${ca}/cert.pem" >/dev/null 2>&1 &&
    cmp -s <(openssl x509 -in "${ca}/cert.pem" -pubkey -noout) <(openssl pkey -in "${ca}/priv.pem" -pubout)
}

umask 077
if ! good; then
  args=(
    -x509
    -key "${ca}/priv.pem"
    -subj "/CN=QVM"
    -addext "basicConstraints = critical, CA:true, pathlen:0"
    -addext "keyUsage = critical, keyCertSign, cRLSign"
    -addext "nameConstraints = critical, permitted;DNS:qvm0.lan, permitted;DNS:qvm0, permitted;IP:10.42.0.0/255.255.255.0"
    -addext "subjectKeyIdentifier = hash"
    -days 365
    -out "${ca}/cert.pem.new"
  )
  openssl req "${args[@]}"
  mv "${ca}/cert.pem.new" "${ca}/cert.pem"
fi

umask 022 # The certificate is public
mkdir -p "${QVM_DIR}/ca-cert"
if ! cmp -s "${ca}/cert.pem" "${QVM_DIR}/ca-cert/qvm-ca.pem"; then
  cat "${ca}/cert.pem" >"${QVM_DIR}/ca-cert/qvm-ca.pem.new"
  mv "${QVM_DIR}/ca-cert/qvm-ca.pem.new" "${QVM_DIR}/ca-cert/qvm-ca.pem"
  openssl rehash "${QVM_DIR}/ca-cert"
fi
