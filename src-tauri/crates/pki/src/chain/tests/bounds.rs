//! Paths and policies that are made to cost without end.

use std::time::{Duration, Instant};

use super::forged::{Party, authority, extension};
use super::*;
use crate::extension::{
    CertificatePolicies, ExtensionValue, PolicyConstraints, PolicyInformation, PolicyMapping, PolicyMappings, Syntax as _,
};
use crate::oid;

/// More than any of these takes on a slow machine, and less than what they are made for.
const PATIENCE: Duration = Duration::from_secs(20);

fn policies(list: &[String]) -> Vec<u8> {
    let value = CertificatePolicies(list.iter().map(|policy| PolicyInformation::of(policy)).collect());
    extension(oid::CERTIFICATE_POLICIES, false, &value.encoded())
}

fn mappings(pairs: impl Iterator<Item = (String, String)>) -> Vec<u8> {
    let value = PolicyMappings(pairs.map(|(issuer, subject)| PolicyMapping { issuer, subject }).collect());
    extension(oid::POLICY_MAPPINGS, true, &value.encoded())
}

/// The policy `1.2.3.LEVEL.NUMBER`.
fn policy(level: usize, number: usize) -> String {
    format!("1.2.3.{level}.{number}")
}

/// A path in which every authority maps each of `width` policies to each of the next `width`, which makes a tree of `width` to the
/// power of its depth (CVE-2023-0464).
fn woven(depth: usize, width: usize) -> Vec<Certificate> {
    const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let parties: Vec<Party> = NAMES.iter().take(depth + 1).map(|name| Party::new(name)).collect();
    let mut path = vec![parties[0].certify(&parties[0], &[authority(None)])];
    for (level, pair) in parties.windows(2).enumerate() {
        let stated: Vec<String> = (0..width).map(|number| policy(level, number)).collect();
        let pairs = (0..width).flat_map(|from| (0..width).map(move |to| (policy(level, from), policy(level + 1, to))));
        let mut extensions = vec![policies(&stated)];
        if level + 1 < depth {
            extensions.extend([authority(None), mappings(pairs)]);
        }
        path.insert(0, pair[0].certify(&pair[1], &extensions));
    }
    path
}

fn required<'a>(path: &'a [Certificate], acceptable: &'a [String]) -> VerifyInput<'a> {
    let [leaf, untrusted @ .., root] = path else { unreachable!() };
    let policies = PolicyWishes { acceptable, require: true, ..PolicyWishes::default() };
    VerifyInput { untrusted, trusted: std::slice::from_ref(root), policies, ..VerifyInput::new(leaf, AT) }
}

#[test]
fn a_tree_of_policies_that_doubles_at_each_step_is_a_graph() {
    let path = woven(11, 8);
    let started = Instant::now();
    let verdict = verify(&required(&path, &[]));
    assert!(verdict.trusted, "{:?}", problems(&verdict));
    let held = verdict.checks.iter().find(|check| check.check == "policies").unwrap();
    let all: Vec<String> = (0..8).map(|number| policy(0, number)).collect();
    assert_eq!(held.detail, [("policies", all.join(", "))]);
    // Named in the trusted certificate's terms, which are those of the first authority.
    assert!(verify(&required(&path, &[policy(0, 3)])).trusted);
    assert!(!verify(&required(&path, &[policy(5, 3)])).trusted);
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[test]
fn more_policies_than_are_followed_are_unknown_and_refused() {
    let path = woven(3, 200);
    let started = Instant::now();
    let verdict = verify(&required(&path, &[]));
    assert!(!verdict.trusted);
    assert!(problems(&verdict).contains(&("policies", CheckResult::Unknown, 0)), "{:?}", problems(&verdict));
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[test]
fn any_policy_may_not_be_mapped() {
    let (root, middle, leaf) = (Party::new("root"), Party::new("middle"), Party::new("leaf"));
    let any = || oid::ANY_POLICY.to_owned();
    for pair in [(any(), policy(1, 1)), (policy(1, 1), any())] {
        let path = [
            middle.certify(&leaf, &[policies(&[policy(1, 1)])]),
            root.certify(&middle, &[authority(None), policies(&[any()]), mappings(std::iter::once(pair))]),
            root.certify(&root, &[authority(None)]),
        ];
        let input = VerifyInput { policies: PolicyWishes::default(), ..required(&path, &[]) };
        let verdict = verify(&input);
        assert!(!verdict.trusted);
        assert!(problems(&verdict).contains(&("policy-mappings", CheckResult::Fail, 1)), "{:?}", problems(&verdict));
    }
}

#[test]
fn the_trusted_certificate_may_require_a_policy_too() {
    let (root, leaf) = (Party::new("root"), Party::new("leaf"));
    let constraints = PolicyConstraints { require_explicit_policy: Some(0), inhibit_policy_mapping: None };
    let strict = root.certify(&root, &[authority(None), extension(oid::POLICY_CONSTRAINTS, true, &constraints.encoded())]);
    assert!(matches!(strict.extension(oid::POLICY_CONSTRAINTS).unwrap().value(), ExtensionValue::PolicyConstraints(_)));
    let judged = |extensions: &[Vec<u8>]| {
        let path = [root.certify(&leaf, extensions), strict.clone()];
        verify(&VerifyInput { policies: PolicyWishes::default(), ..required(&path, &[]) })
    };
    assert!(judged(&[policies(&[policy(1, 1)])]).trusted);
    assert!(problems(&judged(&[])).contains(&("policies", CheckResult::Fail, 0)));
}

/// Authorities that certify each other in every direction: paths by the factorial.
#[test]
fn a_net_of_cross_certificates_ends() {
    let root = Party::new("root");
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let net: Vec<Party> = names.iter().map(|name| Party::new(name)).collect();
    let mut untrusted = Vec::new();
    for issuer in &net {
        untrusted
            .extend(net.iter().filter(|subject| subject.name != issuer.name).map(|subject| issuer.certify(subject, &[authority(None)])));
    }
    let leaf = net[0].certify(&Party::new("leaf"), &[]);
    let own = root.certify(&root, &[authority(None)]);
    let started = Instant::now();
    // Without a way out every path is followed in vain; with one, the others are others.
    let input = VerifyInput { untrusted: &untrusted, trusted: std::slice::from_ref(&own), ..VerifyInput::new(&leaf, AT) };
    assert!(!verify(&input).trusted);
    let with_way_out = [untrusted.as_slice(), &[root.certify(&net[9], &[authority(None)])]].concat();
    let input = VerifyInput { untrusted: &with_way_out, ..input };
    let explanation = explain(&input);
    assert!(explanation.best.trusted, "{:?}", problems(&explanation.best));
    assert!(!explanation.others.is_empty() && explanation.others.len() < 32);
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}
