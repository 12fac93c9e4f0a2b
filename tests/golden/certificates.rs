//! Certificates of every built-in profile.

use authority::pki::issuance::IssuanceRequest;
use authority::pki::request::SigningRequest;
use authority::pki::{NameConstraints, Profile};
use insta::assert_snapshot;
use suite::data::bytes;

use super::made::{Made, addresses, key, name, subject, wish};

/// One alternative name of each form that OpenSSL prints.
const NAMES: [&str; 6] = [
    "dns:www.example.test",
    "dns:*.api.example.test",
    "ip:192.0.2.7",
    "email:ada@example.test",
    "uri:https://www.example.test/ada",
    "upn:ada@example.test",
];

/// The names of all snapshots.
pub fn names() -> Vec<String> {
    let more = ["root-ec", "tls-server-rsa", "tls-server-request"].map(str::to_owned);
    Profile::builtins().iter().map(|profile| profile.name().to_owned()).chain(more).collect()
}

fn show(name: &str, made: &Made) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        assert_snapshot!(name, made.described());
        assert_snapshot!(format!("{name}_by_openssl"), made.printed());
    });
}

fn root() -> Made {
    Made::root("root", 1)
}

/// The issuing authority of all leaves.
pub fn issuing() -> Made {
    let (profile, private) = (Profile::intermediate(), key("issuing"));
    let wish = IssuanceRequest {
        subject: Some(subject("CN=Acme Issuing CA,O=Acme GmbH,C=DE")),
        path_length: Some(0),
        name_constraints: NameConstraints::parse(&["dns:example.test", "email:example.test"], &["dns:secret.example.test"])
            .expect("constraints"),
        addresses: addresses("root"),
        ..wish(&profile, private.public_key(), 2)
    };
    Made::issued(&wish, &root(), "root")
}

#[test]
fn roots() {
    show("root", &root());
    show("root-ec", &Made::root("root-ec", 3));
}

#[test]
fn an_intermediate() {
    show("intermediate", &issuing());
}

#[test]
fn a_leaf_of_every_profile() {
    let (issuing, private) = (issuing(), key("client"));
    for (seed, profile) in (10..).zip(Profile::builtins().iter().filter(|profile| !profile.is_authority())) {
        let names: Vec<_> = NAMES.iter().map(|text| name(text)).filter(|name| profile.names().kinds().contains(&name.kind())).collect();
        let subject = Some(subject(&format!("CN=Example of {},O=Acme GmbH", profile.name())));
        let wish = IssuanceRequest { subject, names, addresses: addresses("issuing"), ..wish(profile, private.public_key(), seed) };
        show(profile.name(), &Made::issued(&wish, &issuing, "issuing"));
    }
}

#[test]
fn a_server_with_an_rsa_key_that_must_staple() {
    let (profile, private) = (Profile::tls_server(), key("server"));
    let names = vec![name("dns:www.example.test")];
    let wish = IssuanceRequest { names, must_staple: true, addresses: addresses("issuing"), ..wish(&profile, private.public_key(), 50) };
    show("tls-server-rsa", &Made::issued(&wish, &issuing(), "issuing"));
}

#[test]
fn a_server_from_a_request() {
    let request = SigningRequest::from_pem(&bytes("golden/server.csr")).expect("a request");
    let profile = Profile::tls_server();
    let wish = IssuanceRequest {
        subject: Some(request.subject().clone()),
        names: request.names().to_vec(),
        requested: request.extensions(),
        ..wish(&profile, request.public_key(), 51)
    };
    show("tls-server-request", &Made::issued(&wish, &issuing(), "issuing"));
}
