#!/usr/bin/env bash
# Writes vectors.txt: signatures over the bytes of message.txt by OpenSSL 3.0, one a line:
#   name  verdict  SubjectPublicKeyInfo  AlgorithmIdentifier  signature      (the last three in base64)
# The verdict is what pki must say: valid, weak:REASON, invalid, cannot.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
printf 'The quick brown fox signs certificates.' > message.txt
: > vectors.txt

key() { # NAME genpkey-arguments...
    local name=$1
    shift
    [ -e "$work/$name.key" ] || openssl genpkey "$@" -out "$work/$name.key" 2> /dev/null
}
algorithm() { # asn1parse genstr lines after [seq]
    printf 'asn1=SEQUENCE:a\n[a]\n%s\n' "$1" > "$work/a.cnf"
    openssl asn1parse -genconf "$work/a.cnf" -noout -out "$work/a.der" > /dev/null
    base64 -w0 < "$work/a.der"
}
line() { # NAME VERDICT KEY ALGORITHM-BASE64  (signature in $work/s)
    printf '%s %s %s %s %s\n' "$1" "$2" "$(openssl pkey -in "$work/$3.key" -pubout -outform DER | base64 -w0)" "$4" "$(base64 -w0 < "$work/s")" >> vectors.txt
}
bare() { algorithm "o=OID:$1"; }
null() { algorithm "$(printf 'o=OID:%s\nn=NULL' "$1")"; }
digest() { openssl dgst "-$1" -sign "$work/$2.key" "${@:3}" -out "$work/s" message.txt; }

declare -A ECDSA=([sha1]=1.2.840.10045.4.1 [sha224]=1.2.840.10045.4.3.1 [sha256]=1.2.840.10045.4.3.2 [sha384]=1.2.840.10045.4.3.3 [sha512]=1.2.840.10045.4.3.4)
for curve in P-256 P-384 P-521 secp256k1; do
    key "$curve" -algorithm EC -pkeyopt "ec_paramgen_curve:$curve"
    for hash in sha1 sha224 sha256 sha384 sha512; do
        verdict=valid
        [ $hash = sha1 ] && verdict=weak:sha1
        digest $hash "$curve"
        line "ecdsa-$curve-$hash" $verdict "$curve" "$(bare "${ECDSA[$hash]}")"
    done
done
for curve in P-224 brainpoolP256r1; do
    key $curve -algorithm EC -pkeyopt "ec_paramgen_curve:$curve"
    digest sha256 $curve
    line "ecdsa-$curve-sha256" cannot $curve "$(bare "${ECDSA[sha256]}")"
done
key explicit -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit
digest sha256 explicit
line ecdsa-explicit-sha256 valid explicit "$(bare "${ECDSA[sha256]}")"

declare -A PKCS1=([md5]=1.2.840.113549.1.1.4 [sha1]=1.2.840.113549.1.1.5 [sha224]=1.2.840.113549.1.1.14 [sha256]=1.2.840.113549.1.1.11 [sha384]=1.2.840.113549.1.1.12 [sha512]=1.2.840.113549.1.1.13)
rsa() { key "$1" -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -pkeyopt "rsa_keygen_pubexp:$3"; }
rsa rsa-512 512 65537
rsa rsa-1024 1024 65537
rsa rsa-2041 2041 65537
rsa rsa-2048 2048 65537
rsa rsa-2048-e3 2048 3
rsa rsa-2048-e37 2048 37
rsa rsa-2048-long-e 2048 1208925819614629174706189
for name in rsa-1024 rsa-2048 rsa-2041 rsa-2048-e3 rsa-2048-e37 rsa-2048-long-e; do
    for hash in md5 sha1 sha224 sha256 sha384 sha512; do
        verdict=valid
        case $name in rsa-1024 | rsa-2041) verdict=weak:rsa_below_2048 ;; esac
        case $hash in md5 | sha1) verdict=weak:$hash ;; esac
        digest $hash $name
        line "pkcs1-$name-$hash" $verdict $name "$(null "${PKCS1[$hash]}")"
    done
done
digest sha256 rsa-512
line pkcs1-rsa-512-sha256 weak:rsa_below_2048 rsa-512 "$(null "${PKCS1[sha256]}")"
digest sha1 rsa-2048
line pkcs1-rsa-2048-oiw-sha1 weak:sha1 rsa-2048 "$(null 1.3.14.3.2.29)"

pss() { # HASH MASK SALT: the AlgorithmIdentifier with all fields written out
    algorithm "$(printf 'o=OID:1.2.840.113549.1.1.10\np=SEQUENCE:p\n[p]\nh=EXPLICIT:0,SEQUENCE:h\nm=EXPLICIT:1,SEQUENCE:m\ns=EXPLICIT:2,INTEGER:%s\n[h]\no=OID:%s\nn=NULL\n[m]\no=OID:1.2.840.113549.1.1.8\nh=SEQUENCE:mh\n[mh]\no=OID:%s\nn=NULL' "$3" "$1" "$2")"
}
padded() { # KEY HASH MASK SALT VERDICT
    digest "$2" "$1" -sigopt rsa_padding_mode:pss -sigopt "rsa_pss_saltlen:$4" -sigopt "rsa_mgf1_md:$3"
    line "pss-$1-$2-$3-$4" "$5" "$1" "$(pss "$2" "$3" "$4")"
}
for name in rsa-2048 rsa-2048-e3 rsa-2048-long-e; do
    padded $name sha256 sha256 32 valid
    padded $name sha384 sha384 48 valid
    padded $name sha512 sha512 64 valid
    padded $name sha256 sha1 20 valid
    padded $name sha224 sha512 0 valid
    padded $name sha512 sha256 190 valid
    padded $name sha1 sha1 20 weak:sha1
    padded $name md5 md5 16 weak:md5
done
padded rsa-1024 sha256 sha256 32 weak:rsa_below_2048
padded rsa-1024 sha512 sha512 62 weak:rsa_below_2048
padded rsa-2041 sha256 sha256 32 weak:rsa_below_2048
padded rsa-2041 sha512 sha384 7 weak:rsa_below_2048
digest sha1 rsa-2048 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20
line pss-rsa-2048-defaults weak:sha1 rsa-2048 "$(algorithm "$(printf 'o=OID:1.2.840.113549.1.1.10\np=SEQUENCE:p\n[p]')")"
line pss-rsa-2048-no-parameters cannot rsa-2048 "$(bare 1.2.840.113549.1.1.10)"
line pss-rsa-2048-unknown-hash cannot rsa-2048 "$(pss 1.2.3 sha256 32)"

key pss-free -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048
key pss-bound -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32
padded pss-free sha256 sha256 32 valid
padded pss-free sha384 sha384 48 valid
padded pss-bound sha256 sha256 32 valid
padded pss-bound sha256 sha256 64 valid

key ed25519 -algorithm ED25519
key ed448 -algorithm ED448
for name in ed25519 ed448; do
    openssl pkeyutl -sign -rawin -inkey "$work/$name.key" -in message.txt -out "$work/s"
    [ $name = ed25519 ] && line ed25519 valid ed25519 "$(bare 1.3.101.112)" || line ed448 cannot ed448 "$(bare 1.3.101.113)"
done
openssl dsaparam -genkey -noout -out "$work/dsa.key" 2048 2> /dev/null
digest sha256 dsa
line dsa-sha256 valid dsa "$(bare 2.16.840.1.101.3.4.3.2)"
key sm2 -algorithm SM2
openssl pkeyutl -sign -rawin -digest sm3 -inkey "$work/sm2.key" -in message.txt -out "$work/s"
line sm2-sm3 cannot sm2 "$(bare 1.2.156.10197.1.501)"
