#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail loudly")]
use super::*;
use crate::signature::{HashFunction, PssParameters, SignatureAlgorithmId, SignatureVerdict};
use crate::signer::{KeySigner, SignError, SignatureAlgorithm, Signer as _};

/// RSA-3072 and 4096 go the way of 2048 and take their time.
const FAST: [KeySpec; 6] = [KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521, KeySpec::Rsa2048, KeySpec::RsaPss3072, KeySpec::Ed25519];

#[test]
fn keys_survive_their_line_and_sign() {
    for spec in FAST {
        let key = PrivateKey::generate(spec).unwrap();
        assert_eq!((key.spec(), key.public_key().algorithm()), (Some(spec), spec.algorithm()));
        let line = key.to_line().unwrap();
        assert!(line.len() <= 1200 && line.is_ascii() && !line.contains('\n'), "{} has {} characters", spec, line.len());
        let again = PrivateKey::from_line(&line).unwrap();
        assert_eq!((again.public_key(), again.spec()), (key.public_key(), Some(spec)));
        assert!(*again.expose_pkcs8_der() == *key.expose_pkcs8_der(), "{spec}");

        let signer = KeySigner::new(again).unwrap();
        assert_eq!(signer.algorithm(), SignatureAlgorithm::for_key(spec));
        let signature = signer.sign(b"message").unwrap();
        let algorithm = SignatureAlgorithmId::from_der(&signer.algorithm().algorithm_identifier_der()).unwrap();
        assert_eq!(algorithm, signer.algorithm().identifier());
        let public = PublicKey::from_spki_der(key.public_key().spki_der()).unwrap();
        assert_eq!(public.verify(&algorithm, b"message", &signature), SignatureVerdict::Valid, "{spec}");
        assert_eq!(public.verify(&algorithm, b"massage", &signature), SignatureVerdict::Invalid, "{spec}");
        // rcgen writes the same public key.
        let oracle = rcgen::KeyPair::try_from(key.expose_pkcs8_der().as_slice()).unwrap();
        assert_eq!(rcgen::PublicKeyData::subject_public_key_info(&oracle), public.spki_der());
    }
}

#[test]
fn the_longest_line_fits_every_keyring() {
    let key = PrivateKey::from_any_der(&der_of_pem(RSA_4096)).unwrap();
    assert_eq!(key.spec(), Some(KeySpec::Rsa4096));
    let line = key.to_line().unwrap();
    assert!(line.len() <= 1200, "{}", line.len());
    assert!(*PrivateKey::from_line(&line).unwrap().expose_pkcs8_der() == *key.expose_pkcs8_der());
}

#[test]
fn every_way_of_signing_with_rsa_verifies() {
    for algorithm in SignatureAlgorithm::ALL.into_iter().filter(|algorithm| algorithm.fits(&KeyAlgorithm::Rsa { bits: 4096 })) {
        let key = PrivateKey::from_any_der(&der_of_pem(RSA_4096)).unwrap();
        let public = key.public_key().clone();
        let signer = KeySigner::with_algorithm(key, algorithm).unwrap();
        let signature = signer.sign(b"message").unwrap();
        assert_eq!(public.verify(&algorithm.identifier(), b"message", &signature), SignatureVerdict::Valid, "{algorithm}");
    }
}

#[test]
fn rsa_signs_with_pss_where_that_was_chosen() {
    let key = || PrivateKey::from_any_der(&der_of_pem(RSA_4096)).unwrap();
    assert_eq!(KeySigner::new(key()).unwrap().algorithm(), SignatureAlgorithm::RsaPkcs1Sha256);
    assert!(matches!(key().with_spec(KeySpec::RsaPss3072), Err(KeyError::Inconsistent)));
    let made = PrivateKey::generate(KeySpec::RsaPss3072).unwrap();
    assert_eq!(made.public_key().algorithm(), KeyAlgorithm::Rsa { bits: 3072 });
    // PKCS#8 does not say so; the one-line form does.
    assert_eq!(PrivateKey::from_pkcs8_der(&made.expose_pkcs8_der()).unwrap().spec(), Some(KeySpec::Rsa3072));
    assert_eq!(PrivateKey::from_line(&made.to_line().unwrap()).unwrap().spec(), Some(KeySpec::RsaPss3072));
}

/// An imported authority may have a key that we do not make, and goes on signing with it.
#[test]
fn keys_that_we_use_and_do_not_make_survive_their_line() {
    let pem = std::fs::read_to_string(crate::certificate::tests::data("keystores/rsa-pss.pem")).unwrap();
    let free = PrivateKey::from_any_der(&der_of_pem(&pem)).unwrap();
    let bound = |hash| {
        let parameters = PssParameters::of_hash(hash).to_der();
        PrivateKey::from_rsa_parts(crate::oid::RSASSA_PSS, &parameters, free.rsa_private_key().unwrap()).unwrap()
    };
    let odd = PrivateKey::from_any_der(&der_of_pem(RSA_3000)).unwrap();
    for (key, kind, algorithm) in [
        (&odd, "rsa-3000", SignatureAlgorithm::RsaPkcs1Sha256),
        (&free, "rsa-pss-2048", SignatureAlgorithm::RsaPssSha256),
        (&bound(HashFunction::Sha512), "rsa-pss-2048", SignatureAlgorithm::RsaPssSha512),
    ] {
        let line = key.to_line().unwrap();
        assert!(line.len() <= 1200, "{}", line.len());
        let again = PrivateKey::from_line(&line).unwrap();
        assert_eq!((again.public_key(), again.spec()), (key.public_key(), None));
        assert_eq!(again.public_key().algorithm().kind(), kind);
        let public = again.public_key().clone();
        let signer = KeySigner::new(again).unwrap();
        assert_eq!(signer.algorithm(), algorithm);
        let signature = signer.sign(b"message").unwrap();
        assert_eq!(public.verify(&algorithm.identifier(), b"message", &signature), SignatureVerdict::Valid);
    }
    // Bound to a hash that we do not sign with.
    assert!(matches!(KeySigner::new(bound(HashFunction::Sha1)), Err(SignError::KeyNotForSigning { .. })));
}

#[test]
fn a_damaged_line_says_so() {
    let line = PrivateKey::generate(KeySpec::EcP256).unwrap().to_line().unwrap();
    let position = line.rfind(' ').unwrap() - 1;
    let other = if line.as_bytes()[position] == b'A' { "B" } else { "A" };
    let mut damaged = line.to_string();
    damaged.replace_range(position..=position, other);
    assert!(matches!(PrivateKey::from_line(&damaged), Err(KeyError::LineChecksum { .. })));
    for text in ["", "chancery-key 2 ec-p256 AA 00000000", "chancery-key 1 ec-p256", "-----BEGIN PRIVATE KEY-----"] {
        assert!(matches!(PrivateKey::from_line(text), Err(KeyError::LineForm)), "{text}");
    }
}

#[test]
fn debug_shows_no_private_bytes() {
    let key = PrivateKey::generate(KeySpec::Ed25519).unwrap();
    let shown = format!("{key:?}");
    assert!(shown.starts_with("PrivateKey { public: PublicKey(ed25519, ") && shown.len() < 120, "{shown}");
}

#[test]
fn foreign_forms() {
    for (pem, kind, spec) in
        [(EC_SEC1, "ec-p256", Some(KeySpec::EcP256)), (EC_PKCS8_SECP256K1, "ec-secp256k1", None), (RSA_1024_PKCS1, "rsa-1024", None)]
    {
        let key = PrivateKey::from_any_der(&der_of_pem(pem)).unwrap();
        assert_eq!((key.public_key().algorithm().kind().as_str(), key.spec()), (kind, spec));
        let again = PrivateKey::from_pkcs8_der(&key.expose_pkcs8_der()).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        if spec.is_none() {
            assert!(matches!(key.to_line(), Err(KeyError::Unsupported { .. })));
            assert_eq!(KeySigner::new(key).map(|_| ()).unwrap_err(), SignError::KeyNotForSigning { kind: kind.to_owned() });
        }
    }
    assert!(matches!(PrivateKey::from_any_der(&[0x30, 0]), Err(KeyError::Malformed { .. })));
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let mut der = der_of_pem(EC_SEC1);
    der[10] ^= 1;
    assert!(matches!(PrivateKey::from_any_der(&der), Err(KeyError::Inconsistent)));
}

#[test]
fn key_id_is_sha1_of_the_bits_and_unknown_keys_are_named() {
    let key = PrivateKey::from_any_der(&der_of_pem(EC_SEC1)).unwrap();
    assert_eq!(key.public_key().key_id().to_string(), EC_SEC1_KEY_ID);
    let unknown = PublicKey::from_parts("1.2.3.4", &[], &[1, 2, 3]).unwrap();
    assert_eq!(unknown.algorithm(), KeyAlgorithm::Other("1.2.3.4".to_owned()));
    let algorithm = SignatureAlgorithm::Ed25519.identifier();
    assert!(matches!(unknown.verify(&algorithm, b"", b""), SignatureVerdict::CannotCheck(_)));
    let odd = SignatureAlgorithmId { oid: "1.2.3".to_owned(), parameters: None };
    assert_eq!(key.public_key().verify(&odd, b"", b""), SignatureVerdict::CannotCheck("1.2.3".to_owned()));
    assert_eq!(key.public_key().verify(&algorithm, b"", b""), SignatureVerdict::Invalid);
}

#[test]
fn a_key_is_known_by_all_that_its_bits_are_written_as() {
    use crate::{asn1, oid};
    let modulus = asn1::sequence(&[&[0x02, 0x05, 0x00, 0xc0, 0, 0, 1][..], &[0x02, 0x01, 0x03][..]]);
    let rsa = [(oid::RSA_ENCRYPTION, asn1::NULL), (oid::RSA_ENCRYPTION, &[][..]), (oid::RSASSA_PSS, &[][..])]
        .map(|(algorithm, parameters)| PublicKey::from_parts(algorithm, parameters, &modulus).unwrap());
    let point = [4; 65];
    let named = PublicKey::from_parts(oid::EC_PUBLIC_KEY, &asn1::oid(oid::SECP256R1).unwrap(), &point).unwrap();
    let spelt_out = PublicKey::from_parts(oid::EC_PUBLIC_KEY, &asn1::sequence(&[&[0x02, 0x01, 0x01][..]]), &point).unwrap();
    for (one, other) in [(&rsa[0], &rsa[1]), (&rsa[1], &rsa[2]), (&rsa[2], &rsa[0]), (&spelt_out, &named)] {
        assert_eq!(one.fingerprints().first(), Some(&one.fingerprint()));
        assert!(one.fingerprints().contains(&other.fingerprint()), "{one:?} is {other:?}");
    }
    assert!(!rsa[0].fingerprints().contains(&named.fingerprint()));
}

#[test]
fn names_of_specs_and_algorithms() {
    for spec in KeySpec::ALL {
        assert_eq!(spec.as_str().parse::<KeySpec>().unwrap(), spec);
        // PSS is a habit of the holder: the public key is any RSA key.
        let kind = if spec == KeySpec::RsaPss3072 { "rsa-3072" } else { spec.as_str() };
        assert_eq!(spec.algorithm().kind(), kind);
        assert_eq!(KeySpec::of(&spec.algorithm()).unwrap().as_str(), kind);
        assert!(SignatureAlgorithm::for_key(spec).fits(&spec.algorithm()));
    }
    for algorithm in SignatureAlgorithm::ALL {
        assert_eq!(algorithm.as_str().parse::<SignatureAlgorithm>().unwrap(), algorithm);
        assert_eq!(SignatureAlgorithmId::from_der(&algorithm.algorithm_identifier_der()).unwrap(), algorithm.identifier());
    }
}

fn der_of_pem(pem: &str) -> Vec<u8> {
    match der::pem::decode_vec(pem.as_bytes()) {
        Ok((_, der)) => der,
        Err(fault) => panic!("{fault}"),
    }
}

// Made for these tests with openssl ecparam and genrsa; they protect nothing.
const EC_SEC1: &str = "\
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIASPSykX7GnDOUJab7Y0BNnjzNdszq8hAeiDJlxmAUCeoAoGCCqGSM49
AwEHoUQDQgAE0wHp8BHAADMrrwSXZH0CiInbfplUfICXFtjVhnXI9XU3n6KBeU/p
ZsSULyybrf8KHvrHv06XjsOSbkb/wB2j5A==
-----END EC PRIVATE KEY-----
";
const EC_PKCS8_SECP256K1: &str = "\
-----BEGIN PRIVATE KEY-----
MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgjN8zjTa51yKPff9Gdr+L
7MLJAPOKjjp807mQyV4XKhOhRANCAARAzlAbpE2an7BAmPYm3+axT5ZtJjPd5n4a
ZLfazdBZbv/MdHzXuJ8GGUQ3SNhJ6xg+szq5Be5cOk7NVlLUy/zl
-----END PRIVATE KEY-----
";
const RSA_1024_PKCS1: &str = "\
-----BEGIN RSA PRIVATE KEY-----
MIICXAIBAAKBgQC4r9zgQ3NN79TWbs/etYa3/1fEAltXkw613/R3GKH9h2ufllrq
LJ8hf6KMyMlpk2YXWrxV3MyTu+og6NXBQJfuGYY0PQ5w7eS2i8zyGNGSaUofSDr6
BSg/pAxTqRrmI4y+EV2pZuOdig0qihu1jMeCqlD+emnp+2t+8P/davrLGwIDAQAB
AoGAD8IxvpECzauhJYrfAcnLbPfErVzmHlrV7n7lhSP87n0Xmc5ig4i7K0iQviKD
zRZep69+UnU8n35xQ82aL5srW2iFD93F5l6zLoyOcHOJg8KXyFTy9p/O8qnUKm83
LV66mCdv65oaP4K/bBYqkHlKt6HYzFKvo+4+/uL34lmkQYECQQDdlasnz99tlMF1
YeV+J6QQoguDwePsXIXrzToWGCBh1PkxTPGeqzkXgnQbEsEcj/nwE1+DSyQGaR2u
uk3FkxfJAkEA1V8fHE4gfU+3klgkUbFJt7dTRrPjEB4EB8YL3mHIyE/PCXJdOpW1
hgBUBrgUH91ludrSFDzeObpcxixp2pLFwwJALEISt5b7h4WoxmtRTUtZp8DWD/EQ
N0ubrCeHrJYREblaNJCrygdlFd8Glcm/LJdNUrhr4WuGvIkOVrH7irUAkQJBAKpF
pWMGKcE2e2zqr9kNXKGiR291oC69dUPq1I/bgsnvfm2weRuGWvybiHJwNYcUO9ir
+deylziEMwLmcHa/h9cCQEoKPHMZka331BQUrI5aXQXXxr5kowlKw3aebRq0guEe
MN4PZ7JaDsYLYBexFaWD8Boo4maiy5U4hRsv20TaXSA=
-----END RSA PRIVATE KEY-----
";
const RSA_4096: &str = "\
-----BEGIN RSA PRIVATE KEY-----
MIIJKQIBAAKCAgEA0+QRazkr+DuHXh6UJDnvmRGYDlZNNupjmStN4SbUmiBDoBd0
MlvnBbeatTlFgnFrJksojuBCFO8qomyRvgzUTkdCnbOKmuMPwfY8R1XlSG7JKDDa
OpP1WBbag1AqATnXw38re8ZoDKgXYHoHidRFkIgNBr72bmbeeb2XBof8AmTY36Fm
w9eoeo9JJtI6o6bHOcNhDx04jvcrFjF4ewtRuD6TG0WUJJDpZSKq76yxZ3WqFNVv
xCvsewf1fLjBfCJu387SFh7gVZCvtcIgtuktX7hwUQflP9JdTQzHXWJFfxi2cTHG
w39iWangeQdGpEulaIZaarzEgf82ObjeU2jRaEzTfUziKX8QWSTWxSVcjk6ednKj
R2hyEIe8MJdILCWHFdpEwTxggAMC2IgeJk7W9p490vErfZduLFEy2je5fxAyM/vm
EeFcXacUr6WHUIhQb6pbqh8jKFgcYCevDlH2E1jo8oMx8LJbjNPykveoxjKpbRmG
icmg4dYRqHNcvshy7lt/yECULy5m+hMzh7EFPNvLt9VR/wt85hrhQ1oQpn58v9rF
FvoFPhhPqVuh9aQn+X8NQvPLGAmlCpSL7GZTkGPPJm/e/JRu/lgGnRfbJYPgKImS
adUK2NtKGqKle9erODwem+Snlabo9xY9Be7GDdAVAGAaplp/8roiJH+c+pcCAwEA
AQKCAgBX2eNu9VFJpkTFvR/mtS6l5CmLKDTzY9LPmqi7hQH4tQ/UvGSszHXIZQt7
v7cWEjg+tEKomkpLq62dki4LAf60Rc9U2y/IcAQEgzcSzIY3tdcpFrgkOVwrna4T
a5U+1OCkaYF53BUfykGG+pFNj/kXp5DfDyXVOEldaEHJr2/I/k78yUp2QF/WELpf
oiI139wSEvOW9KKSg+AVX4V4XoUPQsJzODHnxz09dVYx8QPMxXgzExs31o5BpFcf
0upFsXEO0g1ApqSUVVzEmyw9Kghp+2p17jQadfnBDF9MVIZD39ckr2Kdg58fVdN/
2ohrbgGyiKHMR1+iFlJBNGjZZEgNmNq6lD1xG9a8iQd6njLoS1yTK4/BCsR5boeR
O1R6GFNZaoJH37E9QWwGdq9eoHdWksVIuBExvaESv0ef+NKFMb4Lk8WHnrFDuZHM
8KJtOJ+H4qWZQWn/cgeU9wZqhG9S9FvH7JRMojZtuXPqh0QcdsGSgiS0FE2Cx7dt
262saHbiaMZUDU2/9q4oeQGF2qBlO4xLtFj+9kPzYHywmT8iPnjVu6zNvUa9JzUC
RNQvEM7lFh3ugTt1eeptxdsypoK1kELzIMPBrDIqvIC4fSI5kI+YkwjI4IPO8lwZ
NLS8CsaoQMrBMi7nlmg/j7QrPYOJ+QuaA8CG8iYt68IY8iQPAQKCAQEA+TDM11zg
8xXYXz3NtT3oTrjyTn95R9tcqoiVuqxnhuSPG4RsAff0wDcIfQUQhU4BTmNoqVRw
S6i500Mdju6p6G57Ueai2pLJ47Xl5EOTsXqsnKcVEvSLr2kMdKK9+QUVo4yT4Q30
uiTayCmIbhq/sorvgc+wu/Goswid9A+iMjUV8IIl8qe6SksbEB4B9z9EDcQKX2j5
tj5nmIajWy4ejPWJDmGQ0GHsLLZOSgpfntKnmom3MoNvRh8GYCMdkxKez47k02ah
w6UJF5z/JoILPi6QVpAs3QVmaQw8NnvGml/MhdP33xOpethp46Xfp0uVk4+qUwCc
8NHQ6TxdLFImNwKCAQEA2a5W7VyIQvHekvw8Aqpm2rroRW02J3iNUiGhiuOyaOs+
XutFuH6oGmwqw+4JFrJ1nMV3dTvE6ZxduUTzo4fO5aIOMZ5l+tUpYxGL0GuXgGBn
RJmGUlw0J+ZAALl3QAOAJGUvfCavq3TXDf5KnGkYhmS5oP4NnaEjJ4lr/70wRsTP
HNxsyz/03j9hEuSxNrfqmQd/Boq8wcokeTvAAqfvMAUe3PJXEsu76YssBPthEBfM
eaVhx+Tlk2ZJsdtBTHnsifU6wUy6sFfHqg0WvwMKV7JWaaPy8Qr98Fj4FDk6PMd9
4cCxFwaCL+kAI9HzDFxdDzUmRYf6ihRV4S18+AueoQKCAQEA1kU5DkKGB2AUYqkB
FkR6Wh678/W2sqwUPWse3Jpclug3ieDPAs5UfWeU+/N75jRR+TaPi3LY8KXPy7Id
W4crQHqnvaAFDs9DnHMPj7zv5Z9nh3hALcFrz1QT6sL5eYP+vFgn3FAkzF7eZVkZ
QBvuFDdVhRiyjplYh0H0mCVNQcDV8a3ntYS2MiXsymoTJKgY+4FDrhDVD/kPGV9E
XiYFDQ4gYOZSIGzjKPtFzHKpECdxCPg8N8o+x1vsHoRzbMCJIE5twr2wgUuKyuwr
ldAinMBrSpPEj/SRv+hOakb6Wknf0n+W1xHQHJq0SpSaAP+ESZMyURbo3EZ+Td+i
+nZU9wKCAQEAhKW4UuwQHLtG5krORtGP27oJ0ES8u1C6zVGxHvGhxk2TtEOqOML1
rSQ86ygiYbJd+SpboRTK6ZBfjIZ38S7Q5R3biGD9w9whXD1U9ayapaAZTbRAJfAJ
2EZ2ufpKsLdxXrxKM11frxuD8QMEdEuWpk66z2AA7A1FXtJe/XhL8tP7YZrwsOpI
TSZSATFay/1G9/mZbmMcovqLP1UprHSpTJnSNNF4PfvohmhIasDEZQobkAU3kJfr
TecHAVqab//cJDVLmH8pREw5X2aadctkggwqnDVL1ZbdJ5kPk0NMOb1W+Dpzr5RH
wOo7K5jEgsPF8X5x0+0IvxulOZJ+lKiAAQKCAQBu9tLMt1cbFtdxA0XKUuUbvQni
dzLKRSDK9oPWMYBJMr2qXVGznMlcayCofebrYVk63wTXTU0kbFEV9Ux+umNDUb0c
eYpbIXO2R8ZcBZjRh8csHP0egLlODwvRBO2qfAcUObkhxiJfzQAe9iX2keaclDPt
wavuvrJ9WF6McVRBz9zcQBjNCWFA1YSWqnnj9nbt9/G1XdSzvPsT4ZdlGxFkAe/M
ZDk4XmmkzdeJ+BWvLIjjN/hjxnsnznRq2WEZ9qjb3eYjWisSXPNQeTWFJAZVn/Ze
6cJKq9cXW4kAKbx4nCPNE31271XNiAGtkPyiqSxeFtQJ5A8m+4gpRJa/X0z/
-----END RSA PRIVATE KEY-----
";
const RSA_3000: &str = "\
-----BEGIN RSA PRIVATE KEY-----
MIIGugIBAAKCAXgA1INcBBQkAJExC2lBWUZm1lLIe6LHRGKEazQAHrApfErUyrL4
9Tm4UPN1ygrQWG+pK7EPUasoSRtKoyFxSrx4NjuG0JYHF4WdiOVPgXFF119RairR
ImXfJR6dX53bh0cSTMBsYsEoySVe+go+wU6l7F/Nt7f8vi4P8GlZv0NPD0nUcd7u
VLQsnumO1r8kvj8BMMXlq1+ltdStpwx/OyPcgkCJhiOq6sirsoM47qeMnIVHCk2P
goyX530mCGxJWgDcTOZ4EO//01jbjL5pK1M0XF3Bhu4iK2Sf9oWA5xWDZv/1IGJT
FKYwvkKThhHrSIjpRFq6wuR7IuwJeafaRwmLjFivjibIk2z8nTLYcHv9nc0MR1v0
YxNt0SrYLCqu8FvtRkyOny+Hn1Q+CzAfV6FEIVomRt78WSILVG/iE2QWrWI1tEcb
2vlwfvpaRYzdAVkvGxYqOf74mqT6kSaqlGzBL4NC/2ZxAm4JqMd6ah8NYwwrB4Pg
ZzcPAgMBAAECggF3Je0Lju7JPhCrYA34y6X01GsRvH7gcSPj3f35x4BI5xWzxDkM
lTcn3cqVSumDJUVIO7Ptt/WDywhD2bkuLthT29njxXYA7gG6i6Pg/IjqnfU04m2h
xTHJESbVjyrs8seMTIZK0ZUHYl55BMavTHBszDKM1CzRvl8aGR20Fp48jc3vTCMt
BZDiJboo88pJFGrKG5o10s/PExRRqW5hhnxv7g72fCoBZsVJXyJsFqtwPL7MXtpY
skPFGFsNXo5AGnAEBOHzh1VjSMri6PnUMTZG4SveoFyPVbVPQqidsbT9ozyD1mCh
ZR2JcB2sQyepbF3JxmhUrmguJNGkhz7/jyJubyX+z/KWAzfVXLByneXyq7oFnjQe
7/cmg0dfYs4IqAufWN/k1U9xDNNWJEiwbHfsOu1Da4FA+u1v9+qi63FvDxWs1eIN
l9j03toT/uws+9sYYmVHUzD3Llkj04SRnukzEsxG9XRE8qBWY6wrRxdS2P9Pv+OQ
URiBAoG8Dwi7hbxUylUKtrMBHw0XJX4ODrwyRD8HFTj6GLslchotxYtonEnzFWPL
bL2A3HcqklFcX4aF4Gm1lbTrhWUH7+99tbuyi2jG1yPe8TQylSTs3LYupwh0B1A7
tJEURn65uH37roftW+W5PAag77ASdAL64mFPMm1OEX3T218pV9INEoz7c/R9ty6w
+VD9Y0JETj+96uyZMB87+NAj7i0GHaa45OED33L3zh6BmdBXwCV9yZ9bVdBKDTnQ
bH0CgbwOIqlVr8vadt7OQU3jZl0ng4/n1o6MYamgiNYkNj13jV7mkkEOafm4+l3o
70OMAx/grti+FqheaF5GGDroXShyxxs7WcwMAgIdbv8f12BVOVQoMmKdDibRBtJ8
1o5caVVvfSrdj/lZxYBMURjpkU6PiBzTW5RPrp+/kB1MvNxqeU2qQpePyePwKCHN
akd6qjGRs9nXlCj/ZSjq9xmNblxGMEHncDFB5E29kQn+ZsFjdWvAYAPQFAQh5YYj
ewKBvA0ZUbGzJrlnoT8P9gEk+a7cBsmF5dIajERMcXPM01J4RrsgvRO3RsmzOpHT
BwyP85Kquu4sGkcuM11t1etS3LiMFR6bnHPk5aKbiWrlTNEv7ARd44X7UoTwviSU
Z3MIhS6e7gPiQMfZ/yuyptRPt7RGyGsn18YbAHMzC7zOTApNZMBt/8THGCXb06xW
iX/LRBJdbU7buJj6Ddm7GCM0LWj2U5BwEVzGIe0AHXFz2pD62X8rjnvVUD/3yIZN
AoG8CQBrw8SC1inS85hEyKacdhhjISnSd3WON0xMypy8AhFGOSE0SsCUJgdSnI8Z
/eTTfRr7rfnx2MUwHAU8JlOE+arwHZiux4rT2/iegaF/mGY8wKhtgkTL1Vs52gQs
fo8ZuDkGfjg8e725WWBftAYz+FWevb5ZMXEsDCrzbbXry+ZZ3i4wJIJWJM75z715
rZUKohXdiVqxzQqXxyH65MU9//ilT4Rz6dlA5JKjwZ2gU/0n1EeQxgapJwjqplcC
gbwGMGsO2c5TO/6WoT6ElmgIcbpkItdF93JdGbS4CcvEr7m9kmVlE+ByXKzTH2HM
EO0bEDCG/BIot/E9Z+j1X+YGkTP7XQxqYihmpVUKWqkqmwapuQ+P2LqEVAR0acgp
ZWjoac1zjcebY0u1NxXOAuDnYV81KmVS5oFer7Kkg1rdtiiwxE84/pZVQiFTwlzi
u6fs7Cer6xGy2MONhaJU+DO/QupB5EvVfh3niZhoYNoaxqZPssh/XmrqDOuMJg==
-----END RSA PRIVATE KEY-----
";
const EC_SEC1_KEY_ID: &str = "766a20847081f42deed1faea45e80b9765529e37";
