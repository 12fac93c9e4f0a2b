//! The rows in a page: cells, their overflow pages, and the values of a record.

use std::collections::HashSet;

use rusqlite::types::Value;

use super::pages::{Node, NodeKind, Pages, number, varint};

/// No cell of a registry is longer: a piece of a CRL is 1 MiB, a certificate far less.
const LONGEST: u64 = 64 << 20;

/// A row as it stands in the file.
pub(super) struct RawRow {
    /// Of a table with rowids.
    pub(super) rowid: Option<i64>,
    /// The values, or nothing if the cell makes no sense.
    pub(super) values: Option<Vec<Value>>,
}

/// The children of an interior page.
pub(super) fn children(page: &[u8], node: &Node) -> Vec<u32> {
    if !matches!(node.kind, NodeKind::TableInterior | NodeKind::IndexInterior) {
        return Vec::new();
    }
    node.cells.iter().filter_map(|at| number(page, *at)).chain(node.last).collect()
}

/// The rows of a page; `overflow` hears which pages they go on in.
pub(super) fn rows(pages: &Pages, page: &[u8], node: &Node, overflow: &mut HashSet<u32>) -> Vec<RawRow> {
    if node.kind == NodeKind::TableInterior {
        return Vec::new();
    }
    node.cells.iter().map(|at| row(pages, page, node.kind, *at, overflow).unwrap_or(RawRow { rowid: None, values: None })).collect()
}

fn row(pages: &Pages, page: &[u8], kind: NodeKind, at: usize, overflow: &mut HashSet<u32>) -> Option<RawRow> {
    let mut at = if kind == NodeKind::IndexInterior { at + 4 } else { at };
    let (length, taken) = varint(page.get(at..)?)?;
    at += taken;
    let rowid = if kind == NodeKind::TableLeaf {
        let (rowid, taken) = varint(page.get(at..)?)?;
        at += taken;
        Some(rowid.cast_signed())
    } else {
        None
    };
    let payload = payload(pages, page, kind, at, length, overflow);
    Some(RawRow { rowid, values: payload.as_deref().and_then(record) })
}

fn payload(pages: &Pages, page: &[u8], kind: NodeKind, at: usize, length: u64, overflow: &mut HashSet<u32>) -> Option<Vec<u8>> {
    if length > LONGEST {
        return None;
    }
    let length = usize::try_from(length).ok()?;
    let usable = pages.usable();
    let most = if kind == NodeKind::TableLeaf { usable - 35 } else { (usable - 12) * 64 / 255 - 23 };
    if length <= most {
        return page.get(at..at + length).map(<[u8]>::to_vec);
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let fitting = least + (length - least) % (usable - 4);
    let local = if fitting <= most { fitting } else { least };
    let mut bytes = page.get(at..at + local)?.to_vec();
    let mut next = number(page, at + local)?;
    while bytes.len() < length {
        // A chain that comes back to itself ends here: it grows with each page.
        let chained = pages.page(next)?;
        overflow.insert(next);
        let wanted = (length - bytes.len()).min(usable - 4);
        bytes.extend_from_slice(chained.get(4..4 + wanted)?);
        next = number(&chained, 0)?;
    }
    Some(bytes)
}

/// The values of a record; nothing unless its header accounts for every byte of it.
fn record(bytes: &[u8]) -> Option<Vec<Value>> {
    let (header, mut at) = varint(bytes)?;
    let header = usize::try_from(header).ok().filter(|header| *header <= bytes.len())?;
    let mut body = header;
    let mut values = Vec::new();
    while at < header {
        let (kind, taken) = varint(bytes.get(at..header)?)?;
        at += taken;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => usize::try_from((kind - 12) / 2).ok()?,
        };
        let content = bytes.get(body..body.checked_add(length)?)?;
        body += length;
        values.push(match kind {
            0 => Value::Null,
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            7 => Value::Real(f64::from_be_bytes(content.try_into().ok()?)),
            1..=6 => Value::Integer(integer(content)),
            _ if kind % 2 == 0 => Value::Blob(content.to_vec()),
            _ => Value::Text(String::from_utf8(content.to_vec()).ok()?),
        });
    }
    (at == header && body == bytes.len()).then_some(values)
}

fn integer(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) { -1_i64 } else { 0 };
    bytes.iter().fold(sign, |value, byte| (value << 8) | i64::from(*byte))
}
