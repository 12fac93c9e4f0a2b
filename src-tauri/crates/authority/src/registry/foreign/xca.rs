//! The tables of XCA 2.0 and later, schema 1 to 8; what was deleted (`items.del`, since schema 7) is passed over.

use std::collections::HashMap;

use rusqlite::Row;

use super::{ForeignDatabase, ForeignError, number, text};

/// What a blob of XCA holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XcaKind {
    /// A certificate.
    Certificate,
    /// A request.
    Request,
    /// A CRL.
    Crl,
    /// A template, with the version of its form.
    Template(u32),
}

/// An object of XCA with what it says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XcaItem {
    /// Its number.
    pub id: i64,
    /// What it holds.
    pub kind: XcaKind,
    /// What the user called it.
    pub name: String,
    /// What the user wrote about it.
    pub comment: String,
    /// When it came into the database, `yyyyMMddHHmmssZ`.
    pub inserted: String,
    /// How it came there: 1 imported, 2 generated, 3 transformed, 4 from a token, 5 from an older database, 6 renewed.
    pub source: i64,
    /// The object, base64.
    pub blob: String,
}

/// A key of XCA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XcaKey {
    /// Its number.
    pub id: i64,
    /// What the user called it.
    pub name: String,
    /// Whether it has a password of its own; else it is the database's.
    pub own_password: bool,
    /// The encrypted private key, base64; `None` where it is on a token, or only the public half is here.
    pub private: Option<String>,
    /// Whether it is on a token.
    pub on_token: bool,
}

/// What XCA keeps about a CA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XcaAuthority {
    /// The number of its certificate.
    pub item: i64,
    /// The number of the template that it offers.
    pub template: Option<i64>,
    /// The CRL number that was used last.
    pub crl_number: i64,
    /// Life of its CRLs in days.
    pub crl_days: i64,
    /// Whether an OpenVPN key is kept with it.
    pub has_vpn_key: bool,
}

/// A revocation of XCA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XcaRevocation {
    /// The number of the CA's certificate.
    pub authority: i64,
    /// The serial number, hex.
    pub serial: String,
    /// When, `yyyyMMddHHmmssZ`.
    pub date: String,
    /// Since when the key is suspect; `99991231235959Z` for none.
    pub invalid_since: String,
    /// RFC 5280's code of the reason.
    pub reason: i64,
}

/// Everything that is read of a database of XCA but its certificates, requests, CRLs and templates, which are handed over one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct XcaTables {
    /// The setting by which a password is checked.
    pub password_hash: Option<String>,
    /// The keys.
    pub keys: Vec<XcaKey>,
    /// The CAs.
    pub authorities: Vec<XcaAuthority>,
    /// The revocations.
    pub revocations: Vec<XcaRevocation>,
    /// Objects that were deleted, whose rows are still there.
    pub deleted: u64,
}

/// The columns of `items` that every query begins with.
const ITEM: &str = "i.id, i.name, i.comment, i.date, i.source";

fn item(row: &Row<'_>, kind: XcaKind, blob: usize) -> rusqlite::Result<XcaItem> {
    Ok(XcaItem {
        id: number(row, 0)?,
        kind,
        name: text(row, 1)?,
        comment: text(row, 2)?,
        inserted: text(row, 3)?,
        source: number(row, 4)?,
        blob: text(row, blob)?,
    })
}

impl ForeignDatabase {
    /// A setting of XCA.
    pub(super) fn setting(&self, key: &str) -> Result<Option<String>, ForeignError> {
        let found = self.rows("settings", "SELECT key_, value FROM settings", |row| Ok((text(row, 0)?, text(row, 1)?)))?;
        Ok(found.into_iter().find(|(name, _)| name == key).map(|(_, value)| value))
    }

    /// The condition that an item was not deleted; before schema 7 nothing stayed of what was.
    fn living(&self) -> Result<&'static str, ForeignError> {
        Ok(if self.has_columns("items", &["del"])? { "coalesce(i.del, 0) = 0" } else { "1" })
    }

    /// Certificates, requests, CRLs and templates, in the order of their numbers within each kind.
    ///
    /// # Errors
    /// [`ForeignError`]
    pub fn xca_items(&self) -> Result<Vec<XcaItem>, ForeignError> {
        let living = self.living()?;
        let of = |table: &'static str, blob: &str, kind: XcaKind| {
            let sql = format!("SELECT {ITEM}, t.{blob} FROM {table} t JOIN items i ON i.id = t.item WHERE {living} ORDER BY i.id");
            self.rows(table, &sql, |row| item(row, kind, 5))
        };
        let mut items = of("certs", "cert", XcaKind::Certificate)?;
        items.extend(of("requests", "request", XcaKind::Request)?);
        items.extend(of("crls", "crl", XcaKind::Crl)?);
        let sql =
            format!("SELECT {ITEM}, t.version, t.template FROM templates t JOIN items i ON i.id = t.item WHERE {living} ORDER BY i.id");
        items.extend(self.rows("templates", &sql, |row| {
            let version = u32::try_from(number(row, 5)?).unwrap_or(u32::MAX);
            item(row, XcaKind::Template(version), 6)
        })?);
        Ok(items)
    }

    /// The other tables.
    ///
    /// # Errors
    /// [`ForeignError`]
    pub fn xca_tables(&self) -> Result<XcaTables, ForeignError> {
        let living = self.living()?;
        let on_token = self.rows("tokens", "SELECT item FROM tokens", |row| number(row, 0))?;
        let private = "SELECT item, ownPass, private FROM private_keys";
        let private = self.rows("private_keys", private, |row| Ok((number(row, 0)?, (number(row, 1)?, text(row, 2)?))))?;
        let private: HashMap<_, _> = private.into_iter().collect();
        let sql = format!("SELECT {ITEM} FROM public_keys t JOIN items i ON i.id = t.item WHERE {living} ORDER BY i.id");
        let keys = self.rows("public_keys", &sql, |row| {
            let id = number(row, 0)?;
            let private = private.get(&id);
            Ok(XcaKey {
                id,
                name: text(row, 1)?,
                own_password: private.is_some_and(|(own, _)| *own == 1),
                private: private.map(|(_, blob)| blob.clone()).filter(|blob| !blob.is_empty()),
                on_token: on_token.contains(&id),
            })
        })?;
        let vpn = self.rows("takeys", "SELECT item FROM takeys", |row| number(row, 0))?;
        let sql = "SELECT item, template, crlNo, crlDays FROM authority ORDER BY item";
        let authorities = self.rows("authority", sql, |row| {
            let item = number(row, 0)?;
            Ok(XcaAuthority {
                item,
                template: Some(number(row, 1)?).filter(|template| *template != 0),
                crl_number: number(row, 2)?,
                crl_days: number(row, 3)?,
                has_vpn_key: vpn.contains(&item),
            })
        })?;
        let sql = "SELECT caId, serial, date, invaldate, reasonBit FROM revocations";
        let revocations = self.rows("revocations", sql, |row| {
            Ok(XcaRevocation {
                authority: number(row, 0)?,
                serial: text(row, 1)?,
                date: text(row, 2)?,
                invalid_since: text(row, 3)?,
                reason: number(row, 4)?,
            })
        })?;
        let deleted = match living {
            "1" => 0,
            _ => self.rows("items", "SELECT count(*) FROM items WHERE del <> 0", |row| number(row, 0))?.first().copied().unwrap_or(0),
        };
        let deleted = u64::try_from(deleted).unwrap_or(0);
        Ok(XcaTables { password_hash: self.setting("pwhash")?, keys, authorities, revocations, deleted })
    }
}
