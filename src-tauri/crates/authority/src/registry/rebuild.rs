//! What can be derived again: counters, position ranges, and the words and names that certificates are found by. The pieces of CRLs are let go, and cut anew
//! with the next.

use std::collections::BTreeMap;

use super::cell::Cells;
use super::certificates::{COLUMNS, certificate_row};
use super::{CertificateId, Read, RegistryError, Write};
use crate::watch::Watch;

/// The setting by which a change of schema asks for derived data to be made anew.
const ASKED: &str = "registry.rebuild";

/// Counters as they are kept: key columns, then the count.
pub(super) type Recount = BTreeMap<String, i64>;

impl Read<'_> {
    /// Whether a change of schema has left derived data to be made anew.
    pub(super) fn rebuild_asked(&self) -> Result<bool, RegistryError> {
        Ok(self.setting(ASKED)?.is_some())
    }

    /// Every counter and range as kept, and as counted afresh; they are equal unless something is broken.
    pub(super) fn recount(&self) -> Result<(Recount, Recount), RegistryError> {
        self.flush()?;
        let kept = "SELECT 'total ' || hex(authority) || ' ' || kind || ' ' || archived AS name, count FROM certificate_totals WHERE count <> 0 \
            UNION ALL SELECT 'expiry ' || hex(authority) || ' ' || class || ' ' || day || ' ' || standing || ' ' || archived, count FROM certificate_expiries WHERE count <> 0 \
            UNION ALL SELECT 'positions ' || sort, sum(count) FROM position_ranges GROUP BY sort HAVING sum(count) <> 0";
        let days = "CASE WHEN not_after >= 0 THEN not_after / 86400000 ELSE (not_after - 86399999) / 86400000 END";
        let counted = format!(
            "SELECT 'total ' || hex(coalesce(authority, x'')) || ' ' || kind || ' ' || archived AS name, count(*) AS count FROM certificates GROUP BY 1 \
            UNION ALL SELECT 'expiry ' || hex(coalesce(authority, x'')) || ' ' || class || ' ' || ({days}) || ' ' || standing || ' ' || archived, count(*) FROM certificates GROUP BY 1 \
            UNION ALL SELECT 'positions ' || sort, count(*) FROM certificates, (SELECT 'issued' AS sort UNION ALL SELECT 'ends' UNION ALL SELECT 'name') WHERE archived = 0 GROUP BY 1"
        );
        let read = |sql: &str| -> Result<Recount, RegistryError> {
            Ok(self.rows("certificate_totals", sql, &[], |cells| Ok((cells.get("name")?, cells.get("count")?)))?.into_iter().collect())
        };
        Ok((read(kept)?, read(&counted)?))
    }
}

impl Write<'_> {
    /// Derives counters, position ranges, names and words anew from the certificates' columns. A certificate with a cell that cannot be read is
    /// left out: the check names it.
    ///
    /// # Errors
    /// `Cancelled`, or [`RegistryError`].
    pub fn rebuild_derived(&self, watch: &dyn Watch) -> Result<(), RegistryError> {
        self.flush()?;
        self.drop_crl_pieces()?;
        let total = u64::try_from(self.number("SELECT count(*) FROM certificate_ders", &[])?).unwrap_or(0);
        for sql in [
            "DELETE FROM certificate_totals",
            "DELETE FROM certificate_expiries",
            "DELETE FROM certificate_names",
            "INSERT INTO certificate_words (certificate_words) VALUES ('delete-all')",
        ] {
            self.execute(sql, &[])?;
        }
        let mut statement = self.connection.prepare(&format!("SELECT {COLUMNS} FROM certificates c ORDER BY c.id"))?;
        let mut rows = statement.query([])?;
        let mut done = 0_u64;
        while let Some(row) = rows.next()? {
            done += 1;
            if done.is_multiple_of(256) {
                watch.progress(done, total.max(done));
                if watch.cancelled() {
                    return Err(RegistryError::Cancelled);
                }
            }
            let row = match certificate_row(&Cells::new("certificates", row)) {
                Ok(row) => row,
                Err(RegistryError::Cell { .. }) => continue,
                Err(error) => return Err(error),
            };
            let id: CertificateId = row.id;
            self.index_certificate(id, &row.facts)?;
            self.count(&row.counted(), 1)?;
        }
        self.rebuild_positions()?;
        self.set_setting(ASKED, None)?;
        self.flush()
    }
}
