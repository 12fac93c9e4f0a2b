"""Lints many certificates and lists in one process.

Lines on standard input, fields parted by tabs: `cert NAME FILE ISSUER-FILE` or `crl NAME FILE`, all PEM.
For each finding of severity WARNING or worse one line: NAME, severity, code, where, message; at the end one line `done COUNT`.
"""

import sys

from pkilint import loader, pkix, report
from pkilint.bin import lint_pkix_signer_signee_cert_chain as chain_lint
from pkilint.pkix import certificate, crl, extension, name
from pkilint.validation import ValidationFindingSeverity

CERTIFICATE = certificate.create_pkix_certificate_validator_container(
    certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
    [
        certificate.create_issuer_validator_container([]),
        certificate.create_validity_validator_container(),
        certificate.create_subject_validator_container([]),
        certificate.create_extensions_validator_container([]),
        certificate.create_spki_validator_container([]),
    ],
)
CRL = crl.create_pkix_crl_validator_container(
    [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ],
    [
        crl.create_issuer_validator_container([]),
        crl.create_validity_validator_container([]),
        crl.create_extensions_validator_container([]),
    ],
)
DECODING = chain_lint.create_decoder_validation_container()
ISSUER = chain_lint.create_issuer_validation_container()
SUBJECT = chain_lint.create_subject_validation_container()


def text(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def certificate_findings(path, issuer_path):
    load = loader.RFC5280CertificateDocumentLoader().load_pem_document
    yield from CERTIFICATE.validate(load(text(path), "subject").root)
    collection = {}
    issuer = load(text(issuer_path), "issuer", issuer_path, collection)
    collection["issuer"] = issuer
    subject = load(text(path), "subject", path, collection)
    collection["subject"] = subject
    yield from DECODING.validate(issuer.root)
    yield from DECODING.validate(subject.root)
    yield from ISSUER.validate(issuer.root)
    yield from SUBJECT.validate(subject.root)


def crl_findings(path):
    load = loader.RFC5280CertificateListDocumentLoader().load_pem_document
    yield from CRL.validate(load(text(path), "crl").root)


def main():
    count = 0
    for line in sys.stdin:
        kind, label, *paths = line.rstrip("\n").split("\t")
        results = certificate_findings(*paths) if kind == "cert" else crl_findings(*paths)
        seen = set()
        for result in results:
            for found in result.finding_descriptions:
                if found.finding.severity <= ValidationFindingSeverity.WARNING:
                    message = " ".join((found.message or "").split())
                    fields = (label, found.finding.severity.name, found.finding.code, result.node.path, message)
                    if fields not in seen:
                        seen.add(fields)
                        print("\t".join(fields))
        count += 1
    print(f"done\t{count}")


if __name__ == "__main__":
    main()
