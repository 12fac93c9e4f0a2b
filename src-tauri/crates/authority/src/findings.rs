//! What the preflight said, as it is kept with a certificate.

use pki::preflight::Finding;
use serde_json::{Value, json};

/// The findings as a document: lint, severity and whether it was accepted. The words come from the catalogue whenever they are shown.
pub(crate) fn to_document(findings: &[Finding]) -> Option<Value> {
    if findings.is_empty() {
        return None;
    }
    Some(Value::Array(
        findings
            .iter()
            .map(|finding| json!({ "lint": finding.lint, "severity": finding.severity.as_str(), "accepted": finding.accepted }))
            .collect(),
    ))
}
