//! Findings of pkilint that are let pass, each with its reason.

use std::collections::BTreeMap;

use suite::judges::pkilint::Finding;

/// A finding that is let pass.
pub struct Waiver {
    pub code: &'static str,
    /// What the place of the finding contains.
    pub place: &'static str,
    pub reason: &'static str,
}

/// All of them; also printed into `docs/judges.md`.
pub const WAIVERS: &[Waiver] = &[];

/// The findings without those that are let pass.
pub fn taken_away(findings: BTreeMap<String, Vec<Finding>>) -> BTreeMap<String, Vec<Finding>> {
    let is_waived = |finding: &Finding| WAIVERS.iter().any(|waiver| waiver.code == finding.code && finding.place.contains(waiver.place));
    findings
        .into_iter()
        .map(|(name, found)| (name, found.into_iter().filter(|finding| !is_waived(finding)).collect::<Vec<_>>()))
        .filter(|(_, found)| !found.is_empty())
        .collect()
}
