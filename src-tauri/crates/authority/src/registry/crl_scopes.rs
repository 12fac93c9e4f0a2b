//! Scopes: lists that are about a part of what a key has issued. Each is named by the first address of its list, byte for byte what its certificates name
//! (RFC 5280 5.2.5). The certificate itself says which one it is in, so that it stays there when the settings of its authority change.

use pki::SerialNumber;

use super::cell::{Bound, words};
use super::facts::CertificateKind;
use super::ids::GenerationId;
use super::{Read, RegistryError, Write};
use crate::crl_addresses;

words! {
    /// Which certificates a scope is about.
    pub enum CrlCovers {
        /// Those that name its address.
        Partition = "partition",
        /// All that are not authorities' (onlyContainsUserCerts).
        Users = "users",
        /// All authorities' (onlyContainsCACerts).
        Authorities = "authorities",
    }
}

/// A scope of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlScope {
    /// Which certificates it is about.
    pub covers: CrlCovers,
    /// Where its list is; the first is its name.
    pub urls: Vec<String>,
}

impl CrlScope {
    /// Returns its name.
    pub fn name(&self) -> &str {
        self.urls.first().map_or("", String::as_str)
    }

    /// Whether its lists have an entry of the scope `named`, of an authority or not. A serial whose certificate nobody knows is on every list.
    pub(crate) fn holds(&self, named: &str, of_authority: Option<bool>) -> bool {
        match self.covers {
            CrlCovers::Partition => of_authority.is_none() || named == self.name(),
            CrlCovers::Users => of_authority != Some(true),
            CrlCovers::Authorities => of_authority != Some(false),
        }
    }
}

/// What an entry is about.
pub(super) struct EntryScope {
    pub(super) scope: String,
    pub(super) of_authority: Option<bool>,
}

impl Read<'_> {
    /// The scopes of a generation beside the whole, by name: those that are on record.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn crl_scopes(&self, generation: GenerationId) -> Result<Vec<CrlScope>, RegistryError> {
        let sql = "SELECT scope, covers, urls FROM crl_scopes WHERE generation = ?1 ORDER BY scope";
        self.rows("crl_scopes", sql, &[&Bound(&generation)], |cells| {
            let scope = CrlScope { covers: cells.get("covers")?, urls: cells.get("urls")? };
            if cells.get::<String>("scope")? == scope.name() {
                Ok(scope)
            } else {
                Err(cells.refuse("urls", format!("the first is not {}", cells.get::<String>("scope")?)))
            }
        })
    }

    /// One scope of a generation; `None` for the whole.
    ///
    /// # Errors
    /// [`RegistryError`]; `Missing` if it is not on record.
    pub fn crl_scope(&self, generation: GenerationId, name: &str) -> Result<Option<CrlScope>, RegistryError> {
        if name.is_empty() {
            return Ok(None);
        }
        let found = self.crl_scopes(generation)?.into_iter().find(|scope| scope.name() == name);
        found.map(Some).ok_or_else(|| RegistryError::Missing { table: "crl_scopes", row: name.to_owned() })
    }

    /// What the entry of a serial is about: the certificate says in which scope it is.
    pub(super) fn entry_scope(&self, generation: GenerationId, serial: &SerialNumber) -> Result<EntryScope, RegistryError> {
        let unknown = EntryScope { scope: String::new(), of_authority: None };
        let Some(row) = self.generation(generation)? else { return Ok(unknown) };
        let Some(authority) = self.authority(row.generation.authority)? else { return Ok(unknown) };
        let rows = self.certificates_by_issuer_and_serial(&authority.issuer_name, serial)?;
        let Some(row) = rows.into_iter().find(|row| row.record.generation == Some(generation)) else { return Ok(unknown) };
        let of_authority = Some(row.facts.kind == CertificateKind::Authority);
        let scopes = self.crl_scopes(generation)?;
        if scopes.is_empty() {
            return Ok(EntryScope { of_authority, ..unknown });
        }
        // One that cannot be read any more may be in any of them.
        let Ok(certificate) = self.certificate_of(&row) else { return Ok(unknown) };
        let named = certificate.addresses().crl_urls;
        let scope = scopes.iter().find(|scope| named.iter().any(|url| url == scope.name()));
        Ok(EntryScope { scope: scope.map_or_else(String::new, |scope| scope.name().to_owned()), of_authority })
    }
}

impl Write<'_> {
    /// Puts the scopes on record that the settings of the authority give the certificates of its current key. To be done before the settings change, before
    /// another key takes over, and before a list is made: from then on they go on whatever the settings say. Says whether there are new ones, which have
    /// no list yet.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn settle_crl_scopes(&self, generation: GenerationId) -> Result<bool, RegistryError> {
        let Some(row) = self.generation(generation)?.filter(|row| row.generation.current) else { return Ok(false) };
        let Some(authority) = self.authority(row.generation.authority)? else { return Ok(false) };
        let mut new = 0;
        let sql =
            "INSERT INTO crl_scopes (generation, scope, covers, urls) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (generation, scope) DO NOTHING";
        for scope in crl_addresses::scopes_of(&authority) {
            new += self.execute(sql, &[&Bound(&generation), &scope.name(), &Bound(&scope.covers), &Bound(&scope.urls)])?;
        }
        Ok(new > 0)
    }
}
