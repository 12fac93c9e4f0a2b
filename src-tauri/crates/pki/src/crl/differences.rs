//! What a list says that another does not.
//!
//! Two lists whose serial numbers rise are read side by side, an entry of each at a time. Where they do not rise (a CA that appends, as ours does),
//! one of the two is held: its entries as they lie, and where each begins, in the order of serial numbers. That is one copy of a list and eight
//! octets an entry, whatever the other's size; [`MOST_HELD`] bounds it.

use std::cmp::Ordering;
use std::io::Read;

use thiserror::Error;

use super::walk::serial_order;
use super::{CrlWalk, CrlWalkError};

/// Octets of entries that are held, at most.
pub const MOST_HELD: usize = 1 << 29;

/// One entry that two lists have differently; each is DER of a revokedCertificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrlDifference<'a> {
    /// Only the later list has it.
    Added(&'a [u8]),
    /// Only the earlier list has it.
    Removed(&'a [u8]),
    /// Both have it, and it says something else.
    Changed {
        /// What the earlier list says.
        from: &'a [u8],
        /// What the later list says.
        to: &'a [u8],
    },
}

/// How many of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CrlDifferenceCounts {
    /// Only on the later list.
    pub added: u64,
    /// Only on the earlier list.
    pub removed: u64,
    /// On both, with something else said.
    pub changed: u64,
    /// The same on both.
    pub same: u64,
}

/// Two lists cannot be compared.
#[derive(Debug, Error)]
pub enum CrlDifferenceError {
    /// One of them cannot be read.
    #[error(transparent)]
    Walk(#[from] CrlWalkError),
    /// The entries of the earlier list, which do not rise, are more than are held.
    #[error("{octets} octets of entries, {limit} at most")]
    TooLong {
        /// Octets of the list.
        octets: u64,
        /// How many are held.
        limit: u64,
    },
}

/// Compares two lists whose serial numbers rise in both ([`super::CrlSummary::serials_rise`]): in the order of serial numbers, in no memory to speak of.
///
/// # Errors
/// [`CrlWalkError`]
pub fn differences_of_rising(
    from: &mut CrlWalk<impl Read>,
    to: &mut CrlWalk<impl Read>,
    mut take: impl FnMut(CrlDifference<'_>),
) -> Result<CrlDifferenceCounts, CrlWalkError> {
    let mut counts = CrlDifferenceCounts::default();
    let (mut earlier, mut later) = (Held::default(), Held::default());
    earlier.next(from)?;
    later.next(to)?;
    loop {
        let order = match (earlier.serial(), later.serial()) {
            (None, None) => return Ok(counts),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => serial_order(one, other),
        };
        match order {
            Ordering::Less => {
                counts.removed += 1;
                take(CrlDifference::Removed(&earlier.der));
                earlier.next(from)?;
            }
            Ordering::Greater => {
                counts.added += 1;
                take(CrlDifference::Added(&later.der));
                later.next(to)?;
            }
            Ordering::Equal => {
                counts.compare(&earlier.der, &later.der, &mut take);
                earlier.next(from)?;
                later.next(to)?;
            }
        }
    }
}

/// Compares two lists in any order: what was added or changed in the order of the later, then what was removed in the order of serial numbers. The
/// entries of the earlier are held; a serial number that it has twice counts as its last entry says.
///
/// # Errors
/// [`CrlDifferenceError`]
pub fn differences(
    from: &mut CrlWalk<impl Read>,
    to: &mut CrlWalk<impl Read>,
    mut take: impl FnMut(CrlDifference<'_>),
) -> Result<CrlDifferenceCounts, CrlDifferenceError> {
    let held = HeldList::read(from)?;
    let mut seen = vec![false; held.places.len()];
    let mut counts = CrlDifferenceCounts::default();
    while let Some(entry) = to.next_entry()? {
        match held.find(entry.serial_octets) {
            Some((index, earlier)) => {
                if let Some(seen) = seen.get_mut(index) {
                    *seen = true;
                }
                counts.compare(earlier, entry.der, &mut take);
            }
            None => {
                counts.added += 1;
                take(CrlDifference::Added(entry.der));
            }
        }
    }
    for (place, _) in held.places.iter().zip(seen).filter(|(_, seen)| !seen) {
        counts.removed += 1;
        take(CrlDifference::Removed(held.entry(*place).0));
    }
    Ok(counts)
}

impl CrlDifferenceCounts {
    fn compare(&mut self, from: &[u8], to: &[u8], take: &mut impl FnMut(CrlDifference<'_>)) {
        if from == to {
            self.same += 1;
        } else {
            self.changed += 1;
            take(CrlDifference::Changed { from, to });
        }
    }
}

/// One entry, copied out of its walk.
#[derive(Default)]
struct Held {
    der: Vec<u8>,
    serial: Vec<u8>,
    present: bool,
}

impl Held {
    fn next(&mut self, walk: &mut CrlWalk<impl Read>) -> Result<(), CrlWalkError> {
        self.der.clear();
        self.serial.clear();
        let entry = walk.next_entry()?;
        self.present = entry.is_some();
        if let Some(entry) = entry {
            self.der.extend_from_slice(entry.der);
            self.serial.extend_from_slice(entry.serial_octets);
        }
        Ok(())
    }

    fn serial(&self) -> Option<&[u8]> {
        self.present.then_some(self.serial.as_slice())
    }
}

/// Where an entry begins, and how long it is: four octets each, since [`MOST_HELD`] bounds both.
#[derive(Clone, Copy)]
struct Place {
    start: u32,
    length: u32,
}

/// The entries of a list, to be found by their serial numbers.
struct HeldList {
    octets: Vec<u8>,
    places: Vec<Place>,
}

impl HeldList {
    fn read(walk: &mut CrlWalk<impl Read>) -> Result<Self, CrlDifferenceError> {
        let limit = u64::try_from(MOST_HELD).unwrap_or(u64::MAX);
        if walk.size() > limit {
            return Err(CrlDifferenceError::TooLong { octets: walk.size(), limit });
        }
        let mut held = Self { octets: Vec::new(), places: Vec::new() };
        while let Some(entry) = walk.next_entry()? {
            let too_long = |_| CrlDifferenceError::TooLong { octets: limit, limit };
            let start = u32::try_from(held.octets.len()).map_err(too_long)?;
            let length = u32::try_from(entry.der.len()).map_err(too_long)?;
            held.octets.extend_from_slice(entry.der);
            held.places.push(Place { start, length });
        }
        let mut places = std::mem::take(&mut held.places);
        // Stable, so that of two entries with one serial number the last comes last.
        places.sort_by(|one, other| serial_order(held.entry(*one).1, held.entry(*other).1));
        places.reverse();
        places.dedup_by(|later, earlier| held.entry(*later).1 == held.entry(*earlier).1);
        places.reverse();
        held.places = places;
        Ok(held)
    }

    /// An entry, and its serial number's octets.
    fn entry(&self, place: Place) -> (&[u8], &[u8]) {
        let (start, length) = (usize::try_from(place.start).unwrap_or(usize::MAX), usize::try_from(place.length).unwrap_or(0));
        let der = self.octets.get(start..start.saturating_add(length)).unwrap_or_default();
        (der, super::walk::serial_of(der).unwrap_or_default())
    }

    fn find(&self, serial: &[u8]) -> Option<(usize, &[u8])> {
        let index = self.places.binary_search_by(|place| serial_order(self.entry(*place).1, serial)).ok()?;
        Some((index, self.entry(*self.places.get(index)?).0))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use time::{Duration, macros::datetime};

    use super::*;
    use crate::crl::RevokedEntry;
    use crate::crl::walk::tests::unsigned;
    use crate::serial::SerialNumber;

    /// Serial numbers of one or two octets, and a time each.
    type Model = Vec<(u16, u8)>;

    fn entries(model: &Model) -> Vec<RevokedEntry> {
        let entry = |(serial, hours): &(u16, u8)| RevokedEntry {
            serial: SerialNumber::from_hex(&format!("{serial:04x}")).unwrap(),
            revoked_at: datetime!(2026-11-20 10:00:00 UTC) + Duration::hours(i64::from(*hours)),
            reason: None,
            invalidity_date: None,
        };
        model.iter().map(entry).collect()
    }

    /// Each serial number, and what the one and the other list say of it.
    fn expected(from: &Model, to: &Model) -> BTreeMap<u16, (Option<u8>, Option<u8>)> {
        let mut all: BTreeMap<u16, (Option<u8>, Option<u8>)> = BTreeMap::new();
        for (serial, hours) in from {
            all.entry(*serial).or_default().0 = Some(*hours);
        }
        for (serial, hours) in to {
            all.entry(*serial).or_default().1 = Some(*hours);
        }
        all.retain(|_, (from, to)| from != to);
        all
    }

    #[derive(Default)]
    struct Told(BTreeMap<u16, (Option<u8>, Option<u8>)>);

    impl Told {
        fn take(&mut self, difference: CrlDifference<'_>) {
            let read = |der: &[u8]| {
                let entry = RevokedEntry::decode(der).unwrap();
                let serial = u16::from_str_radix(&entry.serial.to_string(), 16).unwrap();
                (serial, u8::try_from((entry.revoked_at - datetime!(2026-11-20 10:00:00 UTC)).whole_hours()).unwrap())
            };
            let (serial, said) = match difference {
                CrlDifference::Added(to) => (read(to).0, (None, Some(read(to).1))),
                CrlDifference::Removed(from) => (read(from).0, (Some(read(from).1), None)),
                CrlDifference::Changed { from, to } => (read(from).0, (Some(read(from).1), Some(read(to).1))),
            };
            assert_eq!(self.0.insert(serial, said), None, "{serial} told twice");
        }
    }

    fn once(model: Vec<(u16, u8)>) -> Model {
        let mut seen = std::collections::HashSet::new();
        model.into_iter().filter(|(serial, _)| seen.insert(*serial)).collect()
    }

    fn any_list() -> impl Strategy<Value = Model> {
        proptest::collection::vec((0_u16..400, 0_u8..3), 0..80).prop_map(once)
    }

    proptest! {
        #[test]
        fn both_ways_tell_what_sets_tell(from in any_list(), to in any_list()) {
            let wanted = expected(&from, &to);
            let (one, other) = (unsigned(&entries(&from)), unsigned(&entries(&to)));
            let mut told = Told::default();
            let counts = differences(&mut CrlWalk::open(one.as_slice()).unwrap(), &mut CrlWalk::open(other.as_slice()).unwrap(), |found| told.take(found)).unwrap();
            prop_assert_eq!(&told.0, &wanted);
            prop_assert_eq!(counts.added + counts.removed + counts.changed, u64::try_from(wanted.len()).unwrap());
            prop_assert_eq!(counts.same + counts.changed + counts.removed, u64::try_from(from.len()).unwrap());
            prop_assert_eq!(counts.same + counts.changed + counts.added, u64::try_from(to.len()).unwrap());

            let sorted = |mut model: Model| { model.sort_unstable(); unsigned(&entries(&model)) };
            let (one, other) = (sorted(from), sorted(to));
            let mut told = Told::default();
            let rising = differences_of_rising(&mut CrlWalk::open(one.as_slice()).unwrap(), &mut CrlWalk::open(other.as_slice()).unwrap(), |found| told.take(found)).unwrap();
            prop_assert_eq!(&told.0, &wanted);
            prop_assert_eq!(rising, counts);
        }
    }

    #[test]
    fn of_a_serial_that_is_there_twice_the_last_entry_counts() {
        let from = unsigned(&entries(&vec![(7, 1), (3, 0), (7, 2)]));
        let to = unsigned(&entries(&vec![(7, 2), (3, 0)]));
        let counts = differences(&mut CrlWalk::open(from.as_slice()).unwrap(), &mut CrlWalk::open(to.as_slice()).unwrap(), |_| {}).unwrap();
        assert_eq!(counts, CrlDifferenceCounts { same: 2, ..CrlDifferenceCounts::default() });
    }
}
