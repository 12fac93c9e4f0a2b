//! nameConstraints (RFC 5280 4.2.1.10).

use super::{ExtensionFault, Statement, Syntax, fault::unreadable};
use crate::constraints::{GeneralSubtree, NameConstraints};

const CLAUSE: &str = "RFC 5280 4.2.1.10";

impl Syntax for NameConstraints {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        Self::from_der(der).map_err(unreadable("GeneralSubtree"))
    }

    fn encoded(&self) -> Vec<u8> {
        Self::to_der(self)
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        if self.is_empty() {
            return Err(ExtensionFault::Missing { part: "GeneralSubtrees", clause: CLAUSE });
        }
        let unfit = |subtree: &&GeneralSubtree| match subtree {
            GeneralSubtree::WithoutRules(name) => !name.is_writable(),
            GeneralSubtree::Unjudgeable { .. } => true,
            _ => false,
        };
        match self.permitted.iter().chain(&self.excluded).find(unfit) {
            Some(subtree) => Err(ExtensionFault::NotAllowed { part: "GeneralSubtree", given: subtree.to_string(), clause: CLAUSE }),
            None => Ok(()),
        }
    }

    fn describe(&self) -> Vec<Statement> {
        if self.is_empty() {
            return vec![Statement::plain("no-name-constraint")];
        }
        let permitted = self.permitted.iter().map(|subtree| Statement::with("name-permitted", "subtree", subtree.to_string()));
        let excluded = self.excluded.iter().map(|subtree| Statement::with("name-excluded", "subtree", subtree.to_string()));
        permitted.chain(excluded).collect()
    }
}
