//! Scopes: lists that are about a part of what a key has issued. Each is named by the first address of its list, byte for byte what its certificates name
//! (RFC 5280 5.2.5). The certificate itself says which lists are about it, so that they go on when the settings of its authority change: every list that
//! says of itself that it is at an address has whatever names this address, whichever settings were in force when it was issued.

use pki::SerialNumber;
use pki::crl::IssuingDistributionPoint;

use super::cell::{Bound, words};
use super::crls::CrlRow;
use super::facts::CertificateKind;
use super::ids::{CrlId, GenerationId};
use super::{Read, RegistryError, Write};
use crate::crl_addresses;

words! {
    /// Which certificates a scope is about.
    pub enum CrlCovers {
        /// Those that name one of its addresses.
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

    /// Whether its lists have an entry about a certificate that names these addresses, of an authority or not. One of which nobody knows what it names is on
    /// every list.
    pub(crate) fn holds(&self, named: Option<&[String]>, of_authority: Option<bool>) -> bool {
        match self.covers {
            CrlCovers::Partition => named.is_none_or(|named| named.iter().any(|url| self.urls.contains(url))),
            CrlCovers::Users => of_authority != Some(true),
            CrlCovers::Authorities => of_authority != Some(false),
        }
    }
}

impl CrlRow {
    /// What the list itself says that it is about; `None` for the whole. It says so for ever, while the scope on record may have been given more addresses.
    ///
    /// # Errors
    /// `Cell` if it cannot be read, or says nothing although it is of a scope.
    pub fn listed_scope(&self) -> Result<Option<CrlScope>, RegistryError> {
        if self.crl.scope.is_empty() {
            return Ok(None);
        }
        let unfit = |problem: String| RegistryError::Cell { table: "crls", column: "trailer", row: self.id.to_string(), problem };
        let point = IssuingDistributionPoint::kept_in(&self.crl.header, &self.crl.trailer).map_err(|error| unfit(error.to_string()))?;
        let point = point.ok_or_else(|| unfit("it says of no scope that it is about it".to_owned()))?;
        let covers = match (point.only_user_certificates, point.only_authority_certificates) {
            (false, false) => CrlCovers::Partition,
            (true, _) => CrlCovers::Users,
            (false, true) => CrlCovers::Authorities,
        };
        let scope = CrlScope { covers, urls: point.urls() };
        if scope.name() == self.crl.scope { Ok(Some(scope)) } else { Err(unfit(format!("its scope is {:?}", scope.name()))) }
    }
}

/// What an entry is about; nothing where nobody knows, or nobody has asked yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct EntrySubject {
    /// Where its certificate says that its list is.
    pub(super) crl_urls: Option<Vec<String>>,
    /// Whether the certificate is an authority's.
    pub(super) of_authority: Option<bool>,
}

impl EntrySubject {
    /// What an entry is about that takes the place of another which lists have had: where that one was on every list, this one stays on all of them. A delta
    /// takes nothing off a list that its base has (RFC 5280 5.2.4), for it cannot say of which list.
    pub(super) fn of_no_less_than(self, before: Option<Self>) -> Self {
        let Some(before) = before else { return self };
        Self {
            crl_urls: self.crl_urls.filter(|_| before.crl_urls.is_some()),
            of_authority: self.of_authority.filter(|_| before.of_authority.is_some()),
        }
    }
}

impl Read<'_> {
    /// What the entry of a serial is about that lists have now.
    pub(super) fn listed_entry_subject(
        &self,
        generation: GenerationId,
        serial: &SerialNumber,
    ) -> Result<Option<EntrySubject>, RegistryError> {
        let sql = "SELECT id, crl_urls, of_authority FROM crl_entries WHERE generation = ?1 AND serial = ?2 AND last_crl IS NULL AND first_crl IS NOT NULL";
        let told = self.row("crl_entries", sql, &[&Bound(&generation), &Bound(serial)], |cells| {
            Ok(EntrySubject { crl_urls: cells.get("crl_urls")?, of_authority: cells.get("of_authority")? })
        });
        match told {
            Err(RegistryError::Cell { .. }) => Ok(None),
            told => told,
        }
    }

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

    fn scope_of_list(&self, id: CrlId) -> Result<Option<(GenerationId, CrlScope)>, RegistryError> {
        let Some(row) = self.crl(id)? else { return Ok(None) };
        Ok(row.listed_scope()?.map(|scope| (row.crl.generation, scope)))
    }

    /// Whether a scope is on record.
    pub(super) fn has_crl_scope(&self, generation: GenerationId, name: &str) -> Result<bool, RegistryError> {
        let sql = "SELECT 1 FROM crl_scopes WHERE generation = ?1 AND scope = ?2";
        Ok(self.row("crl_scopes", sql, &[&Bound(&generation), &name], |_| Ok(()))?.is_some())
    }

    fn has_crl_scopes(&self, generation: GenerationId) -> Result<bool, RegistryError> {
        let sql = "SELECT 1 FROM crl_scopes WHERE generation = ?1 LIMIT 1";
        Ok(self.row("crl_scopes", sql, &[&Bound(&generation)], |_| Ok(()))?.is_some())
    }

    /// What a new entry of a serial is about: nothing while the generation has one list alone, which has everything.
    pub(super) fn new_entry_subject(&self, generation: GenerationId, serial: &SerialNumber) -> Result<EntrySubject, RegistryError> {
        if self.has_crl_scopes(generation)? { self.entry_subject(generation, serial) } else { Ok(EntrySubject::default()) }
    }

    /// What the entry of a serial is about, as its certificate says. One that cannot be read any more may be about anything.
    pub(super) fn entry_subject(&self, generation: GenerationId, serial: &SerialNumber) -> Result<EntrySubject, RegistryError> {
        match self.subject_of_certificate(generation, serial) {
            Err(RegistryError::Missing { .. } | RegistryError::Cell { .. }) => Ok(EntrySubject::default()),
            told => told,
        }
    }

    fn subject_of_certificate(&self, generation: GenerationId, serial: &SerialNumber) -> Result<EntrySubject, RegistryError> {
        let unknown = EntrySubject::default();
        let Some(row) = self.generation(generation)? else { return Ok(unknown) };
        let Some(authority) = self.authority(row.generation.authority)? else { return Ok(unknown) };
        let rows = self.certificates_by_issuer_and_serial(&authority.issuer_name, serial)?;
        // A CA that came in may have used a serial twice: each of the two is looked for where it says.
        let (mut crl_urls, mut kinds) = (Vec::<String>::new(), Vec::new());
        for row in rows.into_iter().filter(|row| row.record.generation == Some(generation)) {
            for url in self.certificate_of(&row)?.addresses().crl_urls {
                if !crl_urls.contains(&url) {
                    crl_urls.push(url);
                }
            }
            kinds.push(row.facts.kind == CertificateKind::Authority);
        }
        let Some(first) = kinds.first() else { return Ok(unknown) };
        let of_authority = Some(*first).filter(|first| kinds.iter().all(|kind| kind == first));
        Ok(EntrySubject { crl_urls: Some(crl_urls), of_authority })
    }
}

impl Write<'_> {
    /// Puts the scopes on record that the settings of the authority give the certificates of its current key, and that they name deltas. To be done before the settings change, before
    /// another key takes over, and before a list is made: from then on they go on whatever the settings say. A scope that has got more addresses has these,
    /// too, and keeps those that it had. Says whether there is anything new that no list has said yet.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn settle_crl_scopes(&self, generation: GenerationId) -> Result<bool, RegistryError> {
        let Some(row) = self.generation(generation)?.filter(|row| row.generation.current) else { return Ok(false) };
        let Some(authority) = self.authority(row.generation.authority)? else { return Ok(false) };
        if authority.delta {
            self.settle_crl_deltas(generation)?;
        }
        let wanted = crl_addresses::scopes_of(&authority);
        if wanted.is_empty() {
            return Ok(false);
        }
        let known = self.crl_scopes(generation)?;
        let mut new = false;
        for scope in wanted {
            let mut urls = known.iter().find(|known| known.name() == scope.name()).map_or_else(Vec::new, |known| known.urls.clone());
            let before = urls.len();
            for url in &scope.urls {
                if !urls.contains(url) {
                    urls.push(url.clone());
                }
            }
            if urls.len() > before {
                let sql = "INSERT INTO crl_scopes (generation, scope, covers, urls) VALUES (?1, ?2, ?3, ?4) \
                    ON CONFLICT (generation, scope) DO UPDATE SET urls = excluded.urls";
                self.execute(sql, &[&Bound(&generation), &scope.name(), &Bound(&scope.covers), &Bound(&urls)])?;
                new = true;
            }
        }
        Ok(new)
    }

    /// Looks up what the entries are about that were written while there was one list: to be done before the first lists of scopes are made. Once there are
    /// any, what an entry says stays as it is: they are put together from it.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn tell_crl_entries_apart(&self, generation: GenerationId) -> Result<(), RegistryError> {
        let listed = "SELECT id FROM crls WHERE generation = ?1 AND scope > '' \
            UNION ALL SELECT id FROM intents WHERE kind = 'crl' AND generation = ?1 AND crl_scope > '' AND state = 'open' LIMIT 1";
        let listed = self.row("crls", listed, &[&Bound(&generation)], |_| Ok(()))?.is_some();
        if listed || !self.has_crl_scopes(generation)? {
            return Ok(());
        }
        // What has ended as expired may be listed again. Of a serial without an end nobody knows the certificate.
        let sql = "SELECT id, serial FROM crl_entries WHERE generation = ?1 AND crl_urls IS NULL AND not_after IS NOT NULL \
            AND (closed IS NULL OR closed = 'expired')";
        let untold = self.rows("crl_entries", sql, &[&Bound(&generation)], |cells| {
            Ok((cells.get::<i64>("id")?, cells.get::<SerialNumber>("serial")?))
        })?;
        untold.into_iter().try_for_each(|(id, serial)| self.set_entry_subject(id, &self.entry_subject(generation, &serial)?))
    }

    /// Asks certificates again what the entries are about that can no longer be read in this.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub(super) fn mend_crl_entry_subjects(&self) -> Result<(), RegistryError> {
        let damaged = "SELECT id, generation, serial FROM crl_entries WHERE crl_urls IS NOT NULL \
            AND CASE WHEN json_valid(crl_urls) THEN json_type(crl_urls) <> 'array' ELSE 1 END";
        let damaged = self.rows("crl_entries", damaged, &[], |cells| {
            Ok((cells.get::<i64>("id")?, cells.get::<GenerationId>("generation")?, cells.get::<SerialNumber>("serial")?))
        })?;
        damaged.into_iter().try_for_each(|(id, generation, serial)| self.set_entry_subject(id, &self.entry_subject(generation, &serial)?))
    }

    fn set_entry_subject(&self, entry: i64, about: &EntrySubject) -> Result<(), RegistryError> {
        let sql = "UPDATE crl_entries SET crl_urls = ?2, of_authority = ?3 WHERE id = ?1";
        self.execute(sql, &[&entry, &Bound(&about.crl_urls), &Bound(&about.of_authority)]).map(drop)
    }

    /// Puts the scopes on record again that lists tell of and no row does any more: as the newest list of each says.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub(super) fn make_crl_scopes_anew(&self) -> Result<(), RegistryError> {
        let lost = "SELECT id FROM crls WHERE scope <> '' AND imported = 0 AND (generation, scope) NOT IN (SELECT generation, scope FROM crl_scopes) \
            ORDER BY number DESC";
        for id in self.rows("crls", lost, &[], |cells| cells.get("id"))? {
            // What a damaged list would say an older one does.
            let (generation, scope) = match self.scope_of_list(id) {
                Ok(Some(found)) => found,
                Ok(None) | Err(RegistryError::Cell { .. }) => continue,
                Err(error) => return Err(error),
            };
            let sql = "INSERT INTO crl_scopes (generation, scope, covers, urls) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (generation, scope) DO NOTHING";
            self.execute(sql, &[&Bound(&generation), &scope.name(), &Bound(&scope.covers), &Bound(&scope.urls)])?;
        }
        Ok(())
    }
}
