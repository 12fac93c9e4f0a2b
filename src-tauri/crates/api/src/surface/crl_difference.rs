//! Where two CRLs differ: two of an authority, one of them perhaps not built yet, or two in files.

use authority::next_crl::NextCrlError;
use authority::pki::DistinguishedName;
use authority::pki::crl::{
    CrlDifference, CrlDifferenceCounts, CrlNumber, CrlSummary, CrlWalk, RevokedEntry, differences, differences_of_rising,
};
use authority::registry::{CrlEntryChange, CrlKind, CrlRow, EntryEnd, Read, WHOLE};

use super::crl_commands::{LARGEST_PAGE, PAGE, number_text};
use super::crl_entry_view::entry_text;
use super::crl_reading::{open, reason_text, walk_error};
use super::{Surface, named, narrow};
use crate::request::CrlDiff;
use crate::text::{FilePath, time_text};
use crate::view::{CrlChangeView, CrlDifferenceView, CrlSide};
use crate::{ApiError, ErrorCode};

impl From<NextCrlError> for ApiError {
    fn from(error: NextCrlError) -> Self {
        match error {
            NextCrlError::Number(inner) => Self::new(ErrorCode::Internal).because(inner),
            NextCrlError::Registry(inner) => inner.into(),
        }
    }
}

/// Which of the changes are wanted.
struct Place {
    start: usize,
    limit: usize,
}

impl Place {
    fn of(request: &CrlDiff) -> Result<Self, ApiError> {
        let bad = |text: &String| ApiError::new(ErrorCode::BadCursor).with("text", text);
        Ok(Self {
            start: request.after.as_ref().map(|text| text.parse().map_err(|_| bad(text))).transpose()?.unwrap_or(0),
            limit: usize::try_from(request.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE)).unwrap_or(usize::MAX),
        })
    }

    fn next(&self, all: u64) -> Option<String> {
        let end = self.start.saturating_add(self.limit);
        u64::try_from(end).is_ok_and(|end| end < all).then(|| end.to_string())
    }
}

impl Surface {
    /// Says where two CRLs differ: two of an authority, or two in files.
    ///
    /// # Errors
    /// When there is none of the number named, or a file holds none.
    pub fn crl_diff(&self, request: CrlDiff) -> Result<CrlDifferenceView, ApiError> {
        let place = Place::of(&request)?;
        match (&request.authority, &request.path, &request.other_path) {
            (Some(authority), None, None) => self.diff_of_authority(authority, &request, &place),
            (None, Some(one), Some(other)) if request.from.is_none() && request.to.is_none() => self.diff_of_files(one, other, &place),
            _ => Err(ApiError::new(ErrorCode::BadUsage).with("problem", "CRLs are compared by their authority or by two files")),
        }
    }

    fn diff_of_authority(&self, text: &str, request: &CrlDiff, place: &Place) -> Result<CrlDifferenceView, ApiError> {
        let session = self.session()?;
        let (authority, generation) = session.registry().read(|tx| named::generation(tx, text, request.generation))?;
        let id = generation.generation.id;
        let numbered = |tx: &Read<'_>, text: &str| -> Result<CrlRow, ApiError> {
            let none = || ApiError::new(ErrorCode::CrlNotFound).with("authority", &authority.name).with("number", text);
            let number: CrlNumber = text.parse().map_err(|_| none())?;
            tx.crl_numbered(id, CrlKind::Base, WHOLE, &number)?.ok_or_else(none)
        };
        let to = request.to.as_deref().filter(|text| *text != "next");
        let planned = if to.is_none() && request.from.is_none() { Some(session.next_crl(id)?) } else { None };
        session.registry().read(|tx| {
            let (from, to, changes) = match (planned, to) {
                (Some(next), _) => {
                    let from = next.from.map(|number| tx.crl_numbered(id, CrlKind::Base, WHOLE, &number)).transpose()?.flatten();
                    (from, CrlSide { number: Some(number_text(&next.to)), this_update: None, entries: None }, next.changes)
                }
                (None, to) => {
                    let later = match to {
                        Some(text) => numbered(tx, text)?,
                        None => {
                            let none = || ApiError::new(ErrorCode::CrlNotFound).with("authority", &authority.name);
                            tx.newest_crl(id, CrlKind::Base, WHOLE)?.ok_or_else(none)?
                        }
                    };
                    let from = match &request.from {
                        Some(text) => Some(numbered(tx, text)?),
                        None => tx.base_before(id, &later.crl.number)?,
                    };
                    if let Some(from) = from.as_ref().filter(|from| from.crl.number > later.crl.number) {
                        let problem = format!("CRL {} is later than CRL {}", from.crl.number, later.crl.number);
                        return Err(ApiError::new(ErrorCode::BadUsage).with("problem", problem));
                    }
                    let changes = tx.crl_entry_changes(id, from.as_ref().map(|row| &row.crl.number), &later.crl.number)?;
                    (from, side(&later), changes)
                }
            };
            view_of(tx, &authority.issuer_name, from.as_ref().map(side), to, &changes, place)
        })
    }

    fn diff_of_files(&self, one: &FilePath, other: &FilePath, place: &Place) -> Result<CrlDifferenceView, ApiError> {
        let (from, to) = (summary_in(one)?, summary_in(other)?);
        let (mut earlier, mut later) = (walk_in(one)?, walk_in(other)?);
        let (mut index, mut items) = (0_usize, Vec::new());
        let take = |found: CrlDifference<'_>| {
            if (place.start..place.start.saturating_add(place.limit)).contains(&index) {
                items.push(match found {
                    CrlDifference::Added(to) => (None, Some(to.to_vec())),
                    CrlDifference::Removed(from) => (Some(from.to_vec()), None),
                    CrlDifference::Changed { from, to } => (Some(from.to_vec()), Some(to.to_vec())),
                });
            }
            index += 1;
        };
        let counts = if from.serials_rise() && to.serials_rise() {
            differences_of_rising(&mut earlier, &mut later, take).map_err(|error| walk_error(&error, other))?
        } else {
            differences(&mut earlier, &mut later, take).map_err(|error| {
                use authority::pki::crl::CrlDifferenceError::{TooLong, Walk};
                match &error {
                    Walk(inner) => walk_error(inner, other),
                    TooLong { .. } => ApiError::new(ErrorCode::LimitExceeded).with("path", &one.0).with("problem", &error),
                }
            })?
        };
        let CrlDifferenceCounts { added, removed, changed, .. } = counts;
        let mut view = CrlDifferenceView {
            from: Some(passed_side(&from)),
            to: passed_side(&to),
            added: count(added),
            removed: count(removed),
            changed: count(changed),
            items: Vec::new(),
            next: place.next(added.saturating_add(removed).saturating_add(changed)),
        };
        for (earlier, later) in items {
            let shown = |entry: &RevokedEntry| self.entry_view(to.issuer(), to.this_update(), entry);
            view.items.push(change(earlier.as_deref(), later.as_deref(), None, shown)?);
        }
        Ok(view)
    }
}

fn view_of(
    tx: &Read<'_>,
    issuer: &DistinguishedName,
    from: Option<CrlSide>,
    to: CrlSide,
    changes: &[CrlEntryChange],
    place: &Place,
) -> Result<CrlDifferenceView, ApiError> {
    let number = |added: bool, removed: bool| {
        narrow(changes.iter().filter(|change| (change.from.is_none(), change.to.is_none()) == (added, removed)).count())
    };
    let mut items = Vec::new();
    for found in changes.iter().skip(place.start).take(place.limit) {
        let shown = |entry: &RevokedEntry| entry_text(tx, Some(issuer), None, entry);
        items.push(change(found.from.as_deref(), found.to.as_deref(), found.end, shown)?);
    }
    let next = place.next(u64::try_from(changes.len()).unwrap_or(u64::MAX));
    Ok(CrlDifferenceView { from, to, added: number(true, false), removed: number(false, true), changed: number(false, false), items, next })
}

fn change(
    from: Option<&[u8]>,
    to: Option<&[u8]>,
    end: Option<EntryEnd>,
    shown: impl Fn(&RevokedEntry) -> Result<crate::view::CrlEntryView, ApiError>,
) -> Result<CrlChangeView, ApiError> {
    let read = |der: &[u8]| RevokedEntry::decode(der).map_err(|error| ApiError::new(ErrorCode::FileDamaged).with("problem", error));
    let (from, to) = (from.map(read).transpose()?, to.map(read).transpose()?);
    let kind = match (&from, &to) {
        (None, _) => "added",
        (Some(_), None) => "removed",
        (Some(_), Some(_)) => "changed",
    };
    let entry = to.as_ref().or(from.as_ref()).ok_or_else(|| ApiError::new(ErrorCode::Internal))?;
    Ok(CrlChangeView {
        change: kind.to_owned(),
        entry: shown(entry)?,
        was: from.as_ref().filter(|_| to.is_some()).map(reason_text),
        end: end.filter(|_| to.is_none()).map(|end| end.as_str().to_owned()),
    })
}

fn side(row: &CrlRow) -> CrlSide {
    CrlSide {
        number: Some(number_text(&row.crl.number)),
        this_update: Some(time_text(row.crl.this_update)),
        entries: Some(count(row.crl.entry_count)),
    }
}

fn passed_side(summary: &CrlSummary) -> CrlSide {
    CrlSide {
        number: summary.number().map(number_text),
        this_update: Some(time_text(summary.this_update())),
        entries: Some(count(summary.entry_count())),
    }
}

fn count(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn walk_in(path: &FilePath) -> Result<CrlWalk<std::fs::File>, ApiError> {
    CrlWalk::open(open(path)?).map_err(|error| walk_error(&error, path))
}

fn summary_in(path: &FilePath) -> Result<CrlSummary, ApiError> {
    walk_in(path)?.finish().map_err(|error| walk_error(&error, path))
}
