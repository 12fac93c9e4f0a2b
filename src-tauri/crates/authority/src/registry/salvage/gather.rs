//! Which rows belong to which table, and putting them into the new registry: pages by the trees of the schema where it can be read, the others by what
//! their rows look like.

use std::collections::{BTreeMap, HashMap, HashSet};

use pki::{Certificate, Fingerprint};
use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::pages::{Node, NodeKind, Pages, number};
use super::records::{RawRow, children, rows};
use super::{LostRow, SalvageReport};
use crate::registry::{RegistryError, Write};

/// The tables that are taken over. What is derived from them is made anew; tasks and leases belong to programs that run. The pieces of the newest list may be
/// all that is left of it.
const TAKEN: [&str; 23] = [
    "meta",
    "settings",
    "schema_history",
    "keys",
    "authorities",
    "generations",
    "policies",
    "profiles",
    "certificates",
    "certificate_ders",
    "certificate_tags",
    "intents",
    "revocations",
    "crl_scopes",
    "crl_entries",
    "crls",
    "crl_chunks",
    "crl_cuts",
    "crl_pieces",
    "crl_events",
    "requests",
    "audit",
    "audit_heads",
];
/// How many columns a table had before a migration widened it: a file of an older schema has such rows.
const NARROWER: [(&str, usize); 2] = [("authorities", 13), ("crl_entries", 8)];
/// And what others lets one reach.
const PARTIES: &str = "outside_parties";

/// What the rows of a table look like.
struct Shape {
    table: &'static str,
    columns: Vec<(String, bool)>,
    /// Which column is the rowid: its value is not in the record.
    alias: Option<usize>,
    has_rowid: bool,
    key: Vec<usize>,
    names: Vec<String>,
}

impl Shape {
    fn fits(&self, row: &RawRow) -> bool {
        let Some(values) = &row.values else { return false };
        row.rowid.is_some() == self.has_rowid
            && (values.len() == self.columns.len() || NARROWER.contains(&(self.table, values.len())))
            && values.iter().zip(&self.columns).enumerate().all(|(at, (value, (kind, nullable)))| match value {
                Value::Null => *nullable || self.alias == Some(at),
                Value::Integer(_) => kind == "INTEGER",
                Value::Text(_) => kind == "TEXT",
                Value::Blob(_) => kind == "BLOB",
                Value::Real(_) => false,
            })
    }

    /// The statement that inserts a row with so many values; the columns behind them have what they have by default.
    fn insert(&self, values: usize) -> String {
        let names: Vec<&str> = self.names.iter().take(values).map(String::as_str).collect();
        let marks: Vec<String> = (1..=names.len()).map(|nth| format!("?{nth}")).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", self.table, names.join(", "), marks.join(", "))
    }

    fn name(&self, row: &RawRow) -> String {
        let values = row.values.as_deref().unwrap_or_default();
        let key: Vec<String> = self.key.iter().filter_map(|at| values.get(*at)).map(shown).collect();
        match (row.rowid, key.is_empty() || self.alias.is_some()) {
            (Some(rowid), true) => rowid.to_string(),
            _ => key.join(" "),
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "?".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => match <[u8; 16]>::try_from(bytes.as_slice()) {
            Ok(id) => uuid::Uuid::from_bytes(id).to_string(),
            Err(_) => hex::encode(bytes),
        },
    }
}

/// What the pages of a file are.
pub(super) struct Map {
    /// The tables whose rows a page holds, as far as trees say it; an index's pages are named by an empty text.
    owners: HashMap<u32, String>,
    free: HashSet<u32>,
    /// Pages that should have been read and could not be.
    pub(super) damaged: Vec<u32>,
}

impl Map {
    pub(super) fn of(pages: &Pages) -> Self {
        let mut map = Self { owners: HashMap::new(), free: free_pages(pages), damaged: Vec::new() };
        // Rows of the schema are told by their shape wherever they stand: its root is in the first page, which is lost first.
        let mut roots = Vec::new();
        for page_number in 1..=pages.count() {
            let Some(page) = pages.page(page_number) else {
                map.damaged.push(page_number);
                continue;
            };
            let Some(node) = Node::of(&page, page_number).filter(|node| node.kind == NodeKind::TableLeaf) else { continue };
            for row in rows(pages, &page, &node, &mut HashSet::new()) {
                let Some([Value::Text(kind), Value::Text(name), Value::Text(_), Value::Integer(root), Value::Text(_) | Value::Null]) =
                    row.values.as_deref()
                else {
                    continue;
                };
                map.owners.insert(page_number, String::new());
                if let Ok(root) = u32::try_from(*root)
                    && root > 1
                {
                    roots.push((if kind == "table" { name.clone() } else { String::new() }, root));
                }
            }
        }
        for (owner, root) in roots {
            map.follow(pages, &owner, root);
        }
        map.damaged.sort_unstable();
        map.damaged.dedup();
        map
    }

    fn follow(&mut self, pages: &Pages, owner: &str, root: u32) {
        let mut waiting = vec![root];
        while let Some(page_number) = waiting.pop() {
            if page_number == 0 || page_number > pages.count() || self.owners.contains_key(&page_number) {
                continue;
            }
            let page = pages.page(page_number);
            let Some((page, node)) = page.and_then(|page| Node::of(&page, page_number).map(|node| (page, node))) else {
                self.damaged.push(page_number);
                continue;
            };
            if node.broken {
                self.damaged.push(page_number);
            }
            self.owners.insert(page_number, owner.to_owned());
            waiting.extend(children(&page, &node));
        }
    }
}

fn free_pages(pages: &Pages) -> HashSet<u32> {
    let mut free = HashSet::new();
    let first = pages.page(1).filter(|page| page.starts_with(b"SQLite format 3\0"));
    let mut next = first.and_then(|page| number(&page, 32)).unwrap_or(0);
    while next != 0 && next <= pages.count() && free.insert(next) {
        let Some(trunk) = pages.page(next) else { break };
        let count = number(&trunk, 4).and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        free.extend((0..count.min(trunk.len() / 4)).filter_map(|nth| number(&trunk, 8 + 4 * nth)));
        next = number(&trunk, 0).unwrap_or(0);
    }
    free
}

impl Write<'_> {
    fn shapes(&self) -> Result<Vec<Shape>, RegistryError> {
        let mut shapes = Vec::new();
        for table in TAKEN.into_iter().chain([PARTIES]) {
            let sql = format!(
                "SELECT name, type, \"notnull\" = 0 AS nullable, pk, (SELECT wr FROM pragma_table_list('{table}')) AS wr FROM pragma_table_info('{table}')"
            );
            let columns: Vec<(String, String, bool, i64, bool)> = self.rows("sqlite_schema", &sql, &[], |cells| {
                Ok((cells.get("name")?, cells.get("type")?, cells.get("nullable")?, cells.get("pk")?, cells.get("wr")?))
            })?;
            let has_rowid = columns.iter().all(|(.., without)| !without);
            let key: Vec<usize> = columns.iter().enumerate().filter(|(_, column)| column.3 > 0).map(|(at, _)| at).collect();
            let alias = match key.as_slice() {
                [only] if has_rowid && columns.get(*only).is_some_and(|column| column.1 == "INTEGER") => Some(*only),
                _ => None,
            };
            let names = columns.iter().map(|column| column.0.clone()).collect();
            let columns = columns.into_iter().map(|(_, kind, nullable, ..)| (kind, nullable)).collect();
            shapes.push(Shape { table, columns, alias, has_rowid, key, names });
        }
        Ok(shapes)
    }

    /// Puts every row that can be read into this registry. Rows of the schema's trees come first: what an older page says of the same row is left.
    pub(super) fn take_rows(&self, pages: &Pages, map: &Map, report: &mut SalvageReport) -> Result<(), RegistryError> {
        let shapes = self.shapes()?;
        let mut overflow = HashSet::new();
        let mut orphans = Vec::new();
        for page_number in 1..=pages.count() {
            match map.owners.get(&page_number) {
                Some(owner) if owner.is_empty() => continue,
                None => {
                    orphans.push(page_number);
                    continue;
                }
                Some(_) => {}
            }
            let Some(owner) = map.owners.get(&page_number) else { continue };
            let Some(shape) = shapes.iter().find(|shape| shape.table == owner.as_str()) else { continue };
            let Some(page) = pages.page(page_number) else { continue };
            let Some(node) = Node::of(&page, page_number) else { continue };
            for row in rows(pages, &page, &node, &mut overflow) {
                self.take_row(shape, &row, true, report)?;
            }
        }
        for page_number in orphans.iter().filter(|page| !map.free.contains(page) && !overflow.contains(page)) {
            let Some(page) = pages.page(*page_number) else { continue };
            if let Some(node) = Node::of(&page, *page_number) {
                for row in rows(pages, &page, &node, &mut HashSet::new()) {
                    self.take_orphan(&shapes, &row, report)?;
                }
            }
        }
        // Certificates whose page lost its order are still there, byte after byte.
        let suspects = orphans.iter().chain(&map.damaged).filter(|page| !map.free.contains(page));
        for page in suspects.filter_map(|number| pages.page(*number)) {
            for der in certificates_in(&page) {
                report.found_by_bytes.entry(Fingerprint::of(&der)).or_insert(der);
            }
        }
        Ok(())
    }

    /// Looks for certificates that have a row and no bytes in every page, also where nothing is kept any more: SQLite moves rows about and leaves old
    /// copies behind. The SHA-256 in the row says which are the right ones.
    pub(super) fn look_for_missing(&self, pages: &Pages, report: &mut SalvageReport) -> Result<(), RegistryError> {
        let mut wanted = HashSet::new();
        let mut statement = self
            .connection
            .prepare("SELECT c.fingerprint, d.der FROM certificates c LEFT JOIN certificate_ders d ON d.certificate = c.id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Ok(recorded) = <[u8; 32]>::try_from(row.get_ref(0)?.as_blob().unwrap_or_default()) else { continue };
            let recorded = Fingerprint::from_bytes(recorded);
            let whole = row.get_ref(1)?.as_blob().is_ok_and(|der| Fingerprint::of(der) == recorded);
            if !whole && !report.found_by_bytes.contains_key(&recorded) {
                wanted.insert(recorded);
            }
        }
        for page_number in 1..=pages.count() {
            if wanted.is_empty() {
                break;
            }
            for der in pages.page(page_number).iter().flat_map(|page| certificates_in(page)) {
                let fingerprint = Fingerprint::of(&der);
                if wanted.remove(&fingerprint) {
                    report.found_by_bytes.insert(fingerprint, der);
                }
            }
        }
        Ok(())
    }

    fn take_orphan(&self, shapes: &[Shape], row: &RawRow, report: &mut SalvageReport) -> Result<(), RegistryError> {
        for shape in shapes.iter().filter(|shape| shape.fits(row)) {
            // Parts of the index of words look like certificates' bytes.
            let bytes = row.values.as_ref().and_then(|values| values.get(1));
            if shape.table == "certificate_ders" && !matches!(bytes, Some(Value::Blob(der)) if Certificate::from_der(der).is_ok()) {
                continue;
            }
            if self.take_row(shape, row, false, report)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Inserts a row; says whether the new registry's own rules let it in. A row that is there already is another copy of it.
    fn take_row(&self, shape: &Shape, row: &RawRow, owned: bool, report: &mut SalvageReport) -> Result<bool, RegistryError> {
        let lost = |problem: String, report: &mut SalvageReport| {
            if owned {
                report.lost.push(LostRow { table: shape.table.to_owned(), row: shape.name(row), problem });
            }
        };
        if !shape.fits(row) {
            lost("its bytes make no row".to_owned(), report);
            return Ok(false);
        }
        let mut values = row.values.clone().unwrap_or_default();
        if let (Some(alias), Some(rowid)) = (shape.alias, row.rowid)
            && let Some(value) = values.get_mut(alias)
        {
            *value = Value::Integer(rowid);
        }
        if shape.table == "meta" {
            self.execute("DELETE FROM meta", &[])?;
        }
        let outcome =
            self.connection.prepare_cached(&shape.insert(values.len()))?.execute(params_from_iter(values)).map_err(RegistryError::from);
        match outcome {
            Ok(_) => {
                *report.kept.entry(shape.table.to_owned()).or_default() += 1;
                Ok(true)
            }
            Err(RegistryError::AlreadyPresent { .. }) => Ok(true),
            Err(RegistryError::Refused { detail } | RegistryError::Statement { detail }) => {
                lost(detail, report);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

/// Every certificate that lies in one piece in a page.
fn certificates_in(page: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = page.get(at..).filter(|rest| rest.len() > 4) {
        let length = match rest {
            [0x30, 0x82, high, low, ..] => 4 + usize::from(u16::from_be_bytes([*high, *low])),
            [0x30, 0x81, length, ..] => 3 + usize::from(*length),
            _ => 0,
        };
        match rest.get(..length).filter(|der| !der.is_empty() && Certificate::from_der(der).is_ok()) {
            Some(der) => {
                found.push(der.to_vec());
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

/// Rows by table.
pub(super) type Kept = BTreeMap<String, u64>;
