//! Every cell of every other table is read as its type; keys, requests and authorities are compared with their bytes.

use pki::request::SigningRequest;
use pki::{CrlNumber, Fingerprint, KeySpec, PublicKey, SerialNumber};
use time::OffsetDateTime;

use super::Findings;
use crate::registry::authorities::{AUTHORITY, GENERATION, authority_row, generation_row};
use crate::registry::cell::Cells;
use crate::registry::certificates::Standing;
use crate::registry::crl_scopes::CrlCovers;
use crate::registry::crls::CrlKind;
use crate::registry::facts::{CertificateKind, ExpiryClass};
use crate::registry::ids::{AuthorityId, CertificateId, CrlId, GenerationId, IntentId};
use crate::registry::intents::{IntentKind, IntentState};
use crate::registry::keys::{KeyRow, key_row};
use crate::registry::requests::{RequestRow, request_row};
use crate::registry::{Read, RegistryError, intents, keys, outside_parties, policies, requests, revocations, tasks};

impl Read<'_> {
    pub(super) fn check_rows(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let outcome = self.meta().map(drop);
        found.part("meta", outcome)?;
        let nothing = |_: &mut Findings<'_>, ()| {};
        self.every(
            found,
            "settings",
            "key, value",
            |cells| {
                cells.get::<String>("key")?;
                cells.get::<String>("value").map(drop)
            },
            nothing,
        )?;
        self.every(
            found,
            "schema_history",
            "sequence, from_version, to_version, at, program",
            |cells| {
                cells.get::<u32>("from_version")?;
                cells.get::<u32>("to_version")?;
                cells.get::<OffsetDateTime>("at")?;
                cells.get::<String>("program").map(drop)
            },
            nothing,
        )?;
        self.every(found, "keys", keys::COLUMNS, key_row, of_key)?;
        self.every(found, "authorities", AUTHORITY, authority_row, |_, _| {})?;
        self.every(found, "generations", GENERATION, generation_row, |_, _| {})?;
        let columns = "authority, version, document, created_at";
        self.every(found, "policies", columns, policies::policy_row, |_, _| {})?;
        let columns = "name, version, document, removed, created_at";
        self.every(found, "profiles", columns, policies::profile_row, |_, _| {})?;
        self.every(
            found,
            "intents",
            intents::COLUMNS,
            |cells| {
                let row = intents::intent_row(cells)?;
                let of_the_other_kind = match row.kind {
                    IntentKind::Certificate => [
                        ("generation", row.generation.is_some()),
                        ("crl_kind", row.crl_kind.is_some()),
                        ("crl_scope", row.crl_scope.is_some()),
                        ("crl_number", row.crl_number.is_some()),
                        ("covers_revision", row.covers_revision.is_some()),
                    ]
                    .into_iter()
                    .find(|(_, there)| *there),
                    IntentKind::Crl => {
                        [("issuer_hash", row.issuer_hash.is_some()), ("serial", row.serial.is_some())].into_iter().find(|(_, there)| *there)
                    }
                };
                if let Some((column, _)) = of_the_other_kind {
                    return Err(cells.refuse(column, format!("something where the intent of a {} has nothing", row.kind)));
                }
                // The intended bytes are blanked when the result is recorded: what stands there then was put there by somebody else.
                match row.tbs {
                    Some(_) if row.state == IntentState::Done => Err(cells.refuse("tbs", "bytes where none are kept".to_owned())),
                    _ => Ok(()),
                }
            },
            nothing,
        )?;
        let columns = format!("{}, issuer_hash", revocations::COLUMNS);
        self.every(
            found,
            "revocations",
            &columns,
            |cells| {
                cells.get::<Fingerprint>("issuer_hash")?;
                revocations::revocation_row(cells)
            },
            |_, _| {},
        )?;
        self.every(found, "requests", requests::COLUMNS, request_row, of_request)?;
        self.every(found, "tasks", tasks::COLUMNS, tasks::task_row, |_, _| {})?;
        self.source_rows(found)?;
        self.every(found, "outside_parties", outside_parties::COLUMNS, outside_parties::party_row, |_, _| {})?;
        self.every(
            found,
            "leases",
            "name, holder, until",
            |cells| {
                cells.get::<String>("name")?;
                cells.get::<String>("holder")?;
                cells.get::<OffsetDateTime>("until").map(drop)
            },
            nothing,
        )?;
        self.every(
            found,
            "crl_scopes",
            "scope, generation, covers, urls",
            |cells| {
                cells.get::<GenerationId>("generation")?;
                cells.get::<CrlCovers>("covers")?;
                let urls = cells.get::<Vec<String>>("urls")?;
                match urls.first() {
                    Some(first) if *first == cells.get::<String>("scope")? => Ok(()),
                    first => Err(cells.refuse("urls", format!("the first is {first:?}, which is not the scope"))),
                }
            },
            nothing,
        )?;
        self.every(
            found,
            "crl_events",
            "id, generation, number, kind, started_at, milliseconds, entry_count, error",
            |cells| {
                cells.get::<GenerationId>("generation")?;
                cells.get::<Option<CrlNumber>>("number")?;
                cells.get::<CrlKind>("kind")?;
                cells.get::<OffsetDateTime>("started_at")?;
                cells.get::<u64>("milliseconds")?;
                cells.get::<Option<u64>>("entry_count")?;
                cells.get::<Option<String>>("error").map(drop)
            },
            nothing,
        )?;
        self.every(
            found,
            "crl_chunks",
            "crl, part, typeof(bytes) AS bytes",
            |cells| {
                cells.get::<CrlId>("crl")?;
                cells.get::<u64>("part")?;
                match cells.get::<String>("bytes")?.as_str() {
                    "blob" => Ok(()),
                    other => Err(cells.refuse("bytes", format!("{other} where bytes belong"))),
                }
            },
            nothing,
        )?;
        self.every(
            found,
            "audit_heads",
            "count, head, mac, at",
            |cells| {
                cells.get::<u64>("count")?;
                cells.get::<[u8; 32]>("head")?;
                cells.get::<[u8; 32]>("mac")?;
                cells.get::<OffsetDateTime>("at").map(drop)
            },
            nothing,
        )?;
        self.every(
            found,
            "certificate_tags",
            "tag, certificate",
            |cells| {
                cells.get::<String>("tag")?;
                cells.get::<CertificateId>("certificate").map(drop)
            },
            nothing,
        )?;
        self.every(
            found,
            "certificate_names",
            "name, certificate",
            |cells| {
                cells.get::<String>("name")?;
                cells.get::<CertificateId>("certificate").map(drop)
            },
            nothing,
        )?;
        self.every(
            found,
            "certificate_totals",
            "authority, kind, archived, count",
            |cells| {
                counted_authority(cells)?;
                cells.get::<CertificateKind>("kind")?;
                cells.get::<bool>("archived")?;
                cells.get::<u64>("count").map(drop)
            },
            nothing,
        )?;
        self.every(
            found,
            "certificate_expiries",
            "authority, class, day, standing, archived, count",
            |cells| {
                counted_authority(cells)?;
                cells.get::<ExpiryClass>("class")?;
                cells.get::<i64>("day")?;
                cells.get::<Standing>("standing")?;
                cells.get::<bool>("archived")?;
                cells.get::<u64>("count").map(drop)
            },
            nothing,
        )?;
        self.every(
            found,
            "position_ranges",
            "sort, lower_key, count",
            |cells| {
                cells.get::<Vec<u8>>("lower_key")?;
                cells.get::<u64>("count")?;
                match cells.get::<String>("sort")?.as_str() {
                    "issued" | "ends" | "name" => Ok(()),
                    other => Err(cells.refuse("sort", format!("{other:?} is no order"))),
                }
            },
            nothing,
        )?;
        let outcome = self.check_authorities(found);
        found.part("authorities", outcome)?;
        let outcome = self.check_intents(found);
        found.part("intents", outcome)
    }

    /// Reads each row of a table as its type, and lets `each` look at it.
    pub(super) fn every<T>(
        &self,
        found: &mut Findings<'_>,
        table: &'static str,
        columns: &str,
        read: impl Fn(&Cells<'_>) -> Result<T, RegistryError>,
        each: impl Fn(&mut Findings<'_>, T),
    ) -> Result<(), RegistryError> {
        let outcome = (|| {
            let mut statement = self.connection.prepare(&format!("SELECT {columns} FROM {table}"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let Some(row) = found.kept(read(&Cells::new(table, row)))? {
                    each(found, row);
                }
                if found.watch.cancelled() {
                    return Err(RegistryError::Cancelled);
                }
            }
            Ok(())
        })();
        found.part(table, outcome)
    }

    /// A serial that was burnt for a certificate is that certificate's.
    fn check_intents(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let sql = "SELECT i.id, i.result, i.serial FROM intents i WHERE i.kind = 'certificate' AND i.state = 'done' AND NOT EXISTS \
            (SELECT 1 FROM certificates c WHERE c.id = CAST(i.result AS INTEGER) AND c.serial = i.serial AND c.issuer_hash = i.issuer_hash)";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let cells = Cells::new("intents", row);
            let (id, result) = (cells.get::<IntentId>("id"), cells.get::<Option<String>>("result"));
            if let (Ok(id), Ok(result)) = (id, result) {
                let serial = cells.get::<SerialNumber>("serial").map_or_else(|_| "unreadable".to_owned(), |serial| serial.to_string());
                let told = format!("serial {serial}, certificate {}", result.as_deref().unwrap_or("unknown"));
                found.add(&format!("intent {id}"), "intent_differs", told);
            }
        }
        Ok(())
    }

    /// An authority's issuer name is the subject of its own certificate, byte for byte (invariant 4).
    fn check_authorities(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let sql = "SELECT g.id, a.name AS name FROM generations g JOIN authorities a ON a.id = g.authority JOIN keys k ON k.id = g.key \
            WHERE EXISTS (SELECT 1 FROM certificates c WHERE c.key_fingerprint = k.fingerprint AND c.kind = 'authority') \
            AND NOT EXISTS (SELECT 1 FROM certificates c WHERE c.key_fingerprint = k.fingerprint AND c.kind = 'authority' AND c.subject = a.issuer_name)";
        let differing = self.rows("generations", sql, &[], |cells| cells.get::<String>("name"))?;
        for name in differing {
            found.add(
                &format!("authority {name}"),
                "authority_differs",
                "its issuer name is not the subject of its certificate".to_owned(),
            );
        }
        Ok(())
    }
}

/// The counters write "issued by none of ours" as no bytes.
fn counted_authority(cells: &Cells<'_>) -> Result<Option<AuthorityId>, RegistryError> {
    let bytes: Vec<u8> = cells.get("authority")?;
    if bytes.is_empty() { Ok(None) } else { cells.get("authority").map(Some) }
}

fn of_key(found: &mut Findings<'_>, row: KeyRow) {
    let problem = match PublicKey::from_spki_der(&row.key.spki) {
        Err(error) => Some(error.to_string()),
        Ok(public) => {
            // RFC 4055 1.2: a key that signs with PSS may be identified as any RSA key; only the row tells then.
            let meant = row.key.key_kind.parse::<KeySpec>().is_ok_and(|spec| spec.algorithm() == public.algorithm());
            (row.key.key_kind != public.algorithm().kind() && !meant).then(|| format!("key_kind is {}", row.key.key_kind))
        }
    };
    if let Some(problem) = problem {
        found.add(&format!("key {}", row.key.id), "key_differs", problem);
    }
}

fn of_request(found: &mut Findings<'_>, row: RequestRow) {
    let problem = match SigningRequest::from_der(&row.der) {
        Err(error) => Some(error.to_string()),
        Ok(request) => {
            let pairs = [
                ("subject", *request.subject() == row.subject),
                ("names", request.names().iter().map(ToString::to_string).eq(row.names.iter().cloned())),
                ("key_kind", request.public_key().algorithm().kind() == row.key_kind),
                ("key_fingerprint", request.public_key().fingerprint() == row.key_fingerprint),
            ];
            let differing: Vec<_> = pairs.into_iter().filter(|(_, equal)| !equal).map(|(column, _)| column).collect();
            (!differing.is_empty()).then(|| differing.join(", "))
        }
    };
    if let Some(problem) = problem {
        found.add(&format!("request {}", row.id), "request_differs", problem);
    }
}
