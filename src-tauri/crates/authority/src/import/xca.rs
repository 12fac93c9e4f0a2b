//! A database of XCA: objects, and what it says of them.

use std::collections::HashMap;
use std::sync::Arc;

use pki::crl::CrlNumber;
use pki::encoding::{Object, ObjectError, Password, recognise};
use pki::foreign::xca::{ColumnError, XcaPassword, XcaPasswordHash, XcaTemplate, der, moment, private_key};
use pki::{Fingerprint, RevocationReason, SerialNumber};

use super::elsewhere::{Floor, Note, RevokedElsewhere, Statement, Template, Whose};
use super::gather::{At, Input, Unreadable};
use super::{NotCarried, Refusal};
use crate::registry::{ForeignDatabase, ForeignError, XcaItem, XcaKey, XcaKind, XcaRevocation};

/// What keys that the database's password protects are called where a password is asked for.
const DATABASE_PASSWORD: &str = "database password";
/// The comment that XCA writes by itself begins so.
const IMPORTED_FROM: &str = "(Import from: ";

/// Hands over what is in a database of XCA.
pub(super) fn read(database: &ForeignDatabase, at: &At, passwords: &[Password], input: &mut Input) -> Result<(), ForeignError> {
    let mut reading = Reading { at, passwords, input, certificates: HashMap::new(), templates: HashMap::new() };
    for item in database.xca_items()? {
        reading.item(item);
    }
    let tables = database.xca_tables()?;
    reading.keys(&tables.keys, tables.password_hash.as_deref());
    for authority in &tables.authorities {
        let Some((fingerprint, name)) = reading.certificates.get(&authority.item).cloned() else { continue };
        let whose = Whose::Certificate(fingerprint);
        let elsewhere = &mut reading.input.elsewhere;
        if let Ok(number @ 1..) = u64::try_from(authority.crl_number) {
            elsewhere.floors.push(Floor { whose, number: CrlNumber::from_u64(number) });
        }
        if let Ok(days @ 1..) = u32::try_from(authority.crl_days) {
            elsewhere.crl_days.push((whose, days));
        }
        if let Some(template) = authority.template.and_then(|id| reading.templates.get(&id)) {
            let fields = vec![("template", template.clone())];
            reading.leave(&name, Refusal { code: "default-template", fields });
        }
        if authority.has_vpn_key {
            reading.leave(&name, Refusal::plain("openvpn-key"));
        }
    }
    for revocation in &tables.revocations {
        reading.revocation(revocation);
    }
    if tables.deleted > 0 {
        let fields = vec![("count", tables.deleted.to_string())];
        reading.leave("", Refusal { code: "deleted-items", fields });
    }
    Ok(())
}

/// A database being read.
struct Reading<'a> {
    at: &'a At,
    passwords: &'a [Password],
    input: &'a mut Input,
    /// Certificates by their numbers, with what they are called.
    certificates: HashMap<i64, (Fingerprint, String)>,
    /// Templates by their numbers.
    templates: HashMap<i64, String>,
}

impl Reading<'_> {
    fn leave(&mut self, object: &str, why: Refusal) {
        let path = self.at.path.to_string();
        self.input.elsewhere.not_carried.push(NotCarried { path, object: object.to_owned(), why });
    }

    fn hold(&mut self, label: String, object: Result<Object, ObjectError>, note: Option<Note>) {
        self.input.objects.push(self.at.holds(label, object.map_err(Unreadable::Object)).noted(note));
    }

    fn item(&mut self, item: XcaItem) {
        let blob = der(&item.blob);
        if let XcaKind::Template(version) = item.kind {
            self.templates.insert(item.id, item.name.clone());
            let profile = blob
                .map_err(|error| error.to_string())
                .and_then(|blob| XcaTemplate::read(&blob, version).map_err(|error| error.to_string()))
                .map(|template| template.to_profile(&item.name))
                .map_err(|cause| Refusal { code: "malformed", fields: vec![("cause", cause)] });
            let (path, source) = (Arc::clone(&self.at.path), self.at.source);
            self.input.elsewhere.templates.push(Template { path, source, name: item.name, profile });
            return;
        }
        let kind = match item.kind {
            XcaKind::Certificate => "certificate",
            XcaKind::Request => "request",
            XcaKind::Crl | XcaKind::Template(_) => "revocation list",
        };
        let malformed = |cause: String| Err(ObjectError::Malformed { what: kind, cause });
        let object = match blob {
            Ok(blob) => recognise(&blob, &[])
                .found
                .into_iter()
                .next()
                .map_or_else(|| malformed("nothing is known in it".to_owned()), |found| found.object),
            Err(error) => malformed(error.to_string()),
        };
        if let Ok(Object::Certificate(certificate)) = &object {
            self.certificates.insert(item.id, (certificate.fingerprint(), item.name.clone()));
        }
        let comment = item.comment.trim_matches(['\r', '\n', ' ']);
        let comment = if comment.starts_with(IMPORTED_FROM) && comment.lines().count() == 1 { "" } else { comment };
        let note = Note {
            program: "xca",
            name: item.name.clone(),
            comment: comment.to_owned(),
            inserted_at: moment(&item.inserted).ok().flatten(),
            kind: source_word(item.source).to_owned(),
        };
        self.hold(item.name, object, Some(note));
    }

    /// The password of the database opens all keys but those that have one of their own; it is asked for once.
    fn keys(&mut self, keys: &[XcaKey], hash: Option<&str>) {
        let hash = hash.and_then(XcaPasswordHash::parse);
        let accepted: Vec<XcaPassword> = match &hash {
            Some(hash) => self.passwords.iter().find_map(|password| hash.accepts(password)).into_iter().collect(),
            None => self.passwords.iter().flat_map(XcaPassword::forms_of).collect(),
        };
        let all: Vec<XcaPassword> = self.passwords.iter().flat_map(XcaPassword::forms_of).collect();
        for key in keys {
            let Some(private) = &key.private else {
                if key.on_token {
                    self.leave(&key.name, Refusal::plain("token-key"));
                }
                continue;
            };
            let blob = match der(private) {
                Ok(blob) => blob,
                Err(error @ (ColumnError::NotBase64 | ColumnError::Time { .. })) => {
                    let object = Err(ObjectError::Malformed { what: "private key", cause: error.to_string() });
                    self.hold(key.name.clone(), object, None);
                    continue;
                }
            };
            let fitting = if key.own_password { &all } else { &accepted };
            let opened = if fitting.is_empty() {
                Err(if self.passwords.is_empty() { ObjectError::PasswordNeeded } else { ObjectError::WrongPassword })
            } else {
                private_key(&blob, fitting)
            };
            let locked = matches!(opened, Err(ObjectError::PasswordNeeded | ObjectError::WrongPassword));
            let label = if locked && !key.own_password { DATABASE_PASSWORD.to_owned() } else { key.name.clone() };
            self.hold(label, opened.map(Object::PrivateKey), None);
        }
    }

    fn revocation(&mut self, row: &XcaRevocation) {
        let Some((authority, name)) = self.certificates.get(&row.authority) else { return };
        let (authority, name) = (*authority, name.clone());
        let read = || {
            let serial = SerialNumber::from_hex(&row.serial).map_err(|error| error.to_string())?;
            let at = moment(&row.date).map_err(|error| error.to_string())?.ok_or_else(|| "it has no date".to_owned())?;
            let invalidity_date = moment(&row.invalid_since).map_err(|error| error.to_string())?;
            let code = u8::try_from(row.reason).ok().and_then(RevocationReason::from_code);
            let reason = code.ok_or_else(|| format!("there is no reason {}", row.reason))?;
            let reason = Some(reason).filter(|reason| *reason != RevocationReason::Unspecified);
            Ok((serial, RevokedElsewhere { at, reason, invalidity_date, hold_instruction: None }))
        };
        let (path, source) = (Arc::clone(&self.at.path), self.at.source);
        match read() {
            Ok((serial, revoked)) => self.input.elsewhere.statements.push(Statement {
                path,
                source,
                whose: Whose::Certificate(authority),
                serial,
                name: String::new(),
                revoked: Some(revoked),
            }),
            Err(cause) => {
                let cause: String = cause;
                let refusal = Refusal { code: "revocation-unreadable", fields: vec![("cause", cause)] };
                self.input.elsewhere.broken.push((path, source, format!("{} ({name})", row.serial), refusal));
            }
        }
    }
}

/// How an object came into XCA (its `items.source`).
fn source_word(source: i64) -> &'static str {
    match source {
        1 => "imported",
        2 => "generated",
        3 => "transformed",
        4 => "token",
        5 => "legacy",
        6 => "renewed",
        _ => "unknown",
    }
}
