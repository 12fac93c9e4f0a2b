//! Certificate policies (RFC 5280 6.1, with the graph of RFC 9618 in place of the tree, which can be made to grow without end).

use std::collections::{BTreeMap, BTreeSet};

use super::{Record, Walk};
use crate::{
    certificate::Certificate,
    extension::{CertificatePolicies, Extension, ExtensionValue, InhibitAnyPolicy, PolicyConstraints, PolicyMappings},
    oid::{self, ANY_POLICY},
};

/// Nodes and edges that are made for one path, at most. A hundred policies that are all mapped, ten certificates deep, need a tenth.
const MOST_WORK: usize = 100_000;

/// What one policy at one depth stands for (RFC 9618 4.1).
#[derive(Default)]
struct Node {
    /// The policies that satisfy it one certificate further down.
    expected: BTreeSet<String>,
    /// The policies of the nodes above that it follows from.
    parents: BTreeSet<String>,
}

/// The nodes of one depth, by policy.
type Level = BTreeMap<String, Node>;

/// Why a path has no answer.
enum Fault {
    /// No acceptable policy is left at this certificate, though one is required.
    NoneLeft(usize),
    /// This certificate maps anyPolicy.
    MapsAnyPolicy(usize),
    /// More policies than are followed.
    TooMany,
}

pub(super) fn test(walk: &Walk<'_>, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.5 (g), RFC 9618 5.5";
    let subject = |index: usize| ("subject", walk.path.get(index).map(Certificate::display_name).unwrap_or_default());
    let wanted = match walk.input.policies.acceptable {
        [] => oid::name(ANY_POLICY).unwrap_or(ANY_POLICY).to_owned(),
        some => some.join(", "),
    };
    match Processing::new(walk).run() {
        Ok(policies) if policies.is_empty() => record.pass("no-policy", CLAUSE, 0, vec![("wanted", wanted)]),
        Ok(policies) => {
            let named: Vec<&str> = policies.iter().map(|policy| if policy == ANY_POLICY { "anyPolicy" } else { policy }).collect();
            record.pass("policies", CLAUSE, 0, vec![("policies", named.join(", "))]);
        }
        Err(Fault::NoneLeft(index)) => {
            let clause = if index == 0 { CLAUSE } else { "RFC 5280 6.1.3 (f)" };
            record.fail("policies", clause, index, vec![subject(index), ("wanted", wanted)]);
        }
        Err(Fault::MapsAnyPolicy(index)) => record.fail("policy-mappings", "RFC 5280 6.1.4 (a)", index, vec![subject(index)]),
        Err(Fault::TooMany) => {
            let problem = format!("more than {MOST_WORK} steps");
            record.unknown("policies", "RFC 9618 3", 0, vec![("problem", problem)]);
        }
    }
}

/// The variables of RFC 5280 6.1.2.
struct Processing<'a> {
    /// From the certificate judged upwards, the trusted one left out.
    path: &'a [Certificate],
    acceptable: &'a [String],
    /// The graph, depth by depth; `None` when nothing of it is left.
    graph: Option<Vec<Level>>,
    work: usize,
    explicit_policy: u32,
    policy_mapping: u32,
    inhibit_any: u32,
}

impl<'a> Processing<'a> {
    fn new(walk: &Walk<'a>) -> Self {
        let (path, anchor) = match walk.path {
            // A trusted certificate by itself is a path of one.
            [only] => (std::slice::from_ref(only), None),
            [below @ .., anchor] => (below, Some(anchor)),
            [] => (walk.path, None),
        };
        let wishes = walk.input.policies;
        // n + 1, "never" for a path of n certificates.
        let never = u32::try_from(path.len()).unwrap_or(u32::MAX).saturating_add(1);
        let initially = |wished: bool| if wished { 0 } else { never };
        let top = Level::from([(ANY_POLICY.to_owned(), Node { expected: BTreeSet::from([ANY_POLICY.to_owned()]), ..Node::default() })]);
        let mut processing = Self {
            path,
            acceptable: wishes.acceptable,
            graph: Some(vec![top]),
            work: 0,
            explicit_policy: initially(wishes.require),
            policy_mapping: initially(wishes.inhibit_mapping),
            inhibit_any: initially(wishes.inhibit_any),
        };
        // The trusted certificate's own rules hold for what is below it (RFC 5937 3.2).
        if let Some(anchor) = anchor {
            processing.constrain(anchor);
        }
        processing
    }

    /// The policies that hold for the path, of those that are acceptable (RFC 5280 6.1.3 to 6.1.5).
    fn run(mut self) -> Result<BTreeSet<String>, Fault> {
        for (index, certificate) in self.path.iter().enumerate().rev() {
            let is_last = index == 0;
            let self_issued = certificate.subject().matches(certificate.issuer());
            self.descend(certificate, is_last, self_issued)?;
            if self.explicit_policy == 0 && self.graph.is_none() {
                return Err(Fault::NoneLeft(index));
            }
            if is_last {
                break;
            }
            self.map(certificate, index)?;
            if !self_issued {
                for count in [&mut self.explicit_policy, &mut self.policy_mapping, &mut self.inhibit_any] {
                    *count = count.saturating_sub(1);
                }
            }
            self.constrain(certificate);
        }
        // 6.1.5 (a), (b)
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        if let Some(leaf) = self.path.first()
            && policy_constraints(leaf).and_then(|constraints| constraints.require_explicit_policy) == Some(0)
        {
            self.explicit_policy = 0;
        }
        let held = self.held();
        if self.explicit_policy == 0 && held.is_empty() { Err(Fault::NoneLeft(0)) } else { Ok(held) }
    }

    fn pay(&mut self, work: usize) -> Result<(), Fault> {
        self.work = self.work.saturating_add(work);
        if self.work > MOST_WORK { Err(Fault::TooMany) } else { Ok(()) }
    }

    /// One depth further (RFC 5280 6.1.3 (d), (e); RFC 9618 5.3).
    fn descend(&mut self, certificate: &Certificate, is_last: bool, self_issued: bool) -> Result<(), Fault> {
        let Some(mut graph) = self.graph.take() else { return Ok(()) };
        let Some(policies) = policies(certificate) else { return Ok(()) };
        let above = graph.last().map(followers).unwrap_or_default();
        let has_any_above = graph.last().is_some_and(|level| level.contains_key(ANY_POLICY));
        let mut level = Level::new();
        let stated: BTreeSet<String> = policies.0.into_iter().map(|information| information.policy).collect();
        for policy in stated.iter().filter(|policy| *policy != ANY_POLICY) {
            let parents = match above.get(policy) {
                Some(parents) => parents.clone(),
                None if has_any_above => BTreeSet::from([ANY_POLICY.to_owned()]),
                None => continue,
            };
            self.pay(parents.len() + 1)?;
            level.insert(policy.clone(), Node { expected: BTreeSet::from([policy.clone()]), parents });
        }
        if stated.contains(ANY_POLICY) && (self.inhibit_any > 0 || (!is_last && self_issued)) {
            for (policy, parents) in above {
                if !level.contains_key(&policy) {
                    self.pay(parents.len() + 1)?;
                    level.insert(policy.clone(), Node { expected: BTreeSet::from([policy]), parents });
                }
            }
        }
        if !level.is_empty() {
            graph.push(level);
            self.graph = Some(graph);
        }
        Ok(())
    }

    /// policyMappings (RFC 5280 6.1.4 (a), (b); RFC 9618 5.4).
    fn map(&mut self, certificate: &Certificate, index: usize) -> Result<(), Fault> {
        let Some(mappings) = mappings(certificate) else { return Ok(()) };
        let mut by_issuer: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for mapping in mappings.0 {
            if mapping.issuer == ANY_POLICY || mapping.subject == ANY_POLICY {
                return Err(Fault::MapsAnyPolicy(index));
            }
            self.pay(1)?;
            by_issuer.entry(mapping.issuer).or_default().insert(mapping.subject);
        }
        let may_map = self.policy_mapping > 0;
        let Some(level) = self.graph.as_mut().and_then(|graph| graph.last_mut()) else { return Ok(()) };
        for (policy, subjects) in by_issuer {
            if !may_map {
                level.remove(&policy);
            } else if let Some(node) = level.get_mut(&policy) {
                node.expected = subjects;
            } else if level.contains_key(ANY_POLICY) {
                level.insert(policy, Node { expected: subjects, parents: BTreeSet::from([ANY_POLICY.to_owned()]) });
            }
        }
        if level.is_empty() {
            self.graph = None;
        }
        Ok(())
    }

    /// policyConstraints and inhibitAnyPolicy of an authority (RFC 5280 6.1.4 (i), (j)).
    fn constrain(&mut self, authority: &Certificate) {
        let constraints = policy_constraints(authority).unwrap_or_default();
        let inhibit_any = match authority.extension(oid::INHIBIT_ANY_POLICY).map(Extension::value) {
            Some(ExtensionValue::InhibitAnyPolicy(InhibitAnyPolicy(count))) => Some(count),
            _ => None,
        };
        let narrow = |count: &mut u32, limit: Option<u32>| *count = (*count).min(limit.unwrap_or(u32::MAX));
        narrow(&mut self.explicit_policy, constraints.require_explicit_policy);
        narrow(&mut self.policy_mapping, constraints.inhibit_policy_mapping);
        narrow(&mut self.inhibit_any, inhibit_any);
    }

    /// The user-constrained policy set (RFC 9618 5.5): the policies in which the trusted certificate's anyPolicy ends, as far as they
    /// are acceptable. Nodes without children are passed over here instead of being cut off on the way.
    fn held(&self) -> BTreeSet<String> {
        let mut constrained: BTreeSet<String> = BTreeSet::new();
        let graph = self.graph.as_deref().unwrap_or_default();
        let mut reached: BTreeSet<String> = graph.last().map(|level| level.keys().cloned().collect()).unwrap_or_default();
        if graph.len() > 1 && reached.contains(ANY_POLICY) {
            constrained.insert(ANY_POLICY.to_owned());
        }
        for level in graph.iter().skip(1).rev() {
            let mut above = BTreeSet::new();
            for (policy, node) in level.iter().filter(|(policy, _)| reached.contains(*policy)) {
                if policy != ANY_POLICY && node.parents.contains(ANY_POLICY) {
                    constrained.insert(policy.clone());
                }
                above.extend(node.parents.iter().cloned());
            }
            reached = above;
        }
        if self.acceptable.is_empty() || self.acceptable.iter().any(|policy| policy == ANY_POLICY) {
            return constrained;
        }
        let is_held = |policy: &&String| constrained.contains(ANY_POLICY) || constrained.contains(*policy);
        self.acceptable.iter().filter(is_held).cloned().collect()
    }
}

/// By expected policy, the nodes that expect it.
fn followers(level: &Level) -> BTreeMap<String, BTreeSet<String>> {
    let mut followers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (policy, node) in level {
        for expected in &node.expected {
            followers.entry(expected.clone()).or_default().insert(policy.clone());
        }
    }
    followers
}

// What cannot be read is refused by the test of the extensions.

fn policies(certificate: &Certificate) -> Option<CertificatePolicies> {
    match certificate.extension(oid::CERTIFICATE_POLICIES)?.value() {
        ExtensionValue::CertificatePolicies(policies) => Some(policies),
        _ => None,
    }
}

fn mappings(certificate: &Certificate) -> Option<PolicyMappings> {
    match certificate.extension(oid::POLICY_MAPPINGS)?.value() {
        ExtensionValue::PolicyMappings(mappings) => Some(mappings),
        _ => None,
    }
}

fn policy_constraints(certificate: &Certificate) -> Option<PolicyConstraints> {
    match certificate.extension(oid::POLICY_CONSTRAINTS)?.value() {
        ExtensionValue::PolicyConstraints(constraints) => Some(constraints),
        _ => None,
    }
}
