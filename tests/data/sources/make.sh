#!/bin/sh
# Makes a master list, its content, and a directory with them (openssl 3.0): two countries' authorities, a list signer, a document signer, a CRL.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/cnf" <<'C'
[req]
distinguished_name = dn
[dn]
[csca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, 2.23.136.1.1.3
authorityKeyIdentifier = keyid
[ca]
default_ca = c
[c]
database = index
crlnumber = number
default_md = sha256
default_crl_days = 3650
crl_extensions = e
[e]
authorityKeyIdentifier = keyid
C
at() { faketime '2026-11-21 12:00:00' openssl "$@"; }
for country in UT ZZ; do
    at req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit -config "$work/cnf" -extensions csca \
        -subj "/C=$country/CN=CSCA $country" -days 7300 -keyout "$work/$country.key" -out "$work/$country.pem"
    openssl x509 -in "$work/$country.pem" -outform DER -out "$work/$country.der"
done
at req -new -nodes -newkey rsa:2048 -config "$work/cnf" -subj "/C=UT/CN=Master List Signer" -keyout "$work/signer.key" -out "$work/signer.csr"
at x509 -req -in "$work/signer.csr" -CA "$work/UT.pem" -CAkey "$work/UT.key" -CAcreateserial -days 7000 -extfile "$work/cnf" -extensions signer -out "$work/signer.pem"
openssl x509 -in "$work/signer.pem" -outform DER -out "$work/signer.der"
python3 - "$work" > list.content.tmp <<'P'
import pathlib, sys
def tlv(tag, content):
    n = len(content)
    head = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + head + content
work = pathlib.Path(sys.argv[1])
both = sorted((work / f"{country}.der").read_bytes() for country in ("UT", "ZZ"))
sys.stdout.buffer.write(tlv(0x30, tlv(2, b"\0") + tlv(0x31, b"".join(both))))
P
mv list.content.tmp list.content
faketime '2026-11-21 13:00:00' openssl cms -sign -binary -nodetach -econtent_type 2.23.136.1.1.2 -md sha256 -outform DER -in list.content \
    -signer "$work/signer.pem" -inkey "$work/signer.key" -certfile "$work/UT.pem" -out list.ml
cp "$work/UT.pem" csca.pem
(cd "$work" && : > index && echo 01 > number && faketime '2026-11-21 13:00:00' openssl ca -gencrl -config cnf -cert UT.pem -keyfile UT.key -out crl.pem)
openssl crl -in "$work/crl.pem" -outform DER -out "$work/crl.der"
entry() { printf 'dn: %s\nobjectClass: top\n' "$1"; printf '%s:: %s' "$2" "$(base64 -w 0 "$3")" | fold -w 76 | sed '2,$s/^/ /'; printf '\n\n'; }
{
    printf 'version: 1\n\n'
    entry 'o=csca,c=UT' 'cACertificate;binary' "$work/UT.der"
    entry 'o=signer,c=UT' 'userCertificate;binary' "$work/signer.der"
    entry 'o=crl,c=UT' 'certificateRevocationList;binary' "$work/crl.der"
    entry 'o=ml,c=UT' 'CscaMasterListData' list.ml
} > directory.ldif
