//! The one table of `tiny_ca`.

use super::{ForeignDatabase, ForeignError, text};

/// The columns by which it is recognised.
pub(super) const COLUMNS: &[&str] =
    &["serial_number", "common_name", "status", "key_type", "certificate_pem", "revocation_date", "revocation_reason", "uuid"];

/// A certificate as `tiny_ca` keeps it, every column as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TinyCaRow {
    /// The serial number in decimal.
    pub serial: String,
    /// The common name.
    pub common_name: String,
    /// `valid`, `revoked` or `expired`.
    pub status: String,
    /// `CA`, `SVC`, `USR`, `DEV` and so on.
    pub key_type: String,
    /// The certificate in PEM.
    pub pem: String,
    /// When it was revoked, naive UTC.
    pub revoked_at: String,
    /// Why, by RFC 5280's name.
    pub reason: String,
}

impl ForeignDatabase {
    /// Every certificate, oldest first.
    ///
    /// # Errors
    /// [`ForeignError`]
    pub fn tiny_ca_rows(&self) -> Result<Vec<TinyCaRow>, ForeignError> {
        let sql = "SELECT serial_number, common_name, status, key_type, certificate_pem, revocation_date, revocation_reason FROM certificates ORDER BY id";
        self.rows("certificates", sql, |row| {
            Ok(TinyCaRow {
                serial: text(row, 0)?,
                common_name: text(row, 1)?,
                status: text(row, 2)?,
                key_type: text(row, 3)?,
                pem: text(row, 4)?,
                revoked_at: text(row, 5)?,
                reason: text(row, 6)?,
            })
        })
    }
}
