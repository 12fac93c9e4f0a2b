//! Paging, jumping, searching and counting.

use pki::{RevocationReason, SerialNumber};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use super::{NOW, Numbers, assert_ranges_exact, certificate, insert, new_authority, new_registry, write};
use crate::registry::positions::MOST_IN_A_RANGE;
use crate::registry::search::WordStarts;
use crate::registry::{
    Archived, CertificateFilter, CertificateId, CertificateKind, CertificateRow, CertificateStatus, Count, ExpiryClass, Page, PageOf,
    Registry, RegistryError, Sort, SortBy, StatusCounts,
};

const SORTS: [Sort; 6] = [
    Sort { by: SortBy::Issued, descending: true },
    Sort { by: SortBy::Issued, descending: false },
    Sort { by: SortBy::Ends, descending: true },
    Sort { by: SortBy::Ends, descending: false },
    Sort { by: SortBy::Name, descending: true },
    Sort { by: SortBy::Name, descending: false },
];

fn page(registry: &Registry, filter: &CertificateFilter, sort: Sort, page: &Page, limit: u32) -> PageOf<CertificateRow> {
    registry.read(|read| read.certificates_page(filter, sort, page, limit, NOW)).unwrap()
}

/// All rows, page by page.
fn walk(registry: &Registry, filter: &CertificateFilter, sort: Sort, limit: u32) -> Vec<CertificateRow> {
    let mut rows = Vec::new();
    let mut next = Page::First;
    loop {
        let found = page(registry, filter, sort, &next, limit);
        rows.extend(found.items);
        match found.next {
            Some(cursor) => next = Page::After(cursor),
            None => return rows,
        }
    }
}

fn ids(rows: &[CertificateRow]) -> Vec<CertificateId> {
    rows.iter().map(|row| row.id).collect()
}

/// A registry with `count` certificates of all sorts; every change goes through the functions under test.
fn mixed(folder: &TempDir, count: u64) -> Registry {
    let registry = new_registry(folder);
    let numbers = &mut Numbers(42);
    write(&registry, |write| {
        let authorities = [new_authority(write, 1)?, new_authority(write, 2)?];
        let mut made: Vec<CertificateId> = Vec::new();
        for _ in 0..count {
            let name = ["Zebra", "alpha", "Älpha", "beta gamma", "BETA", "x"][usize::try_from(numbers.below(6)).unwrap()];
            // Few seconds and few ends, so that equals abound.
            let issued = NOW - Duration::seconds(i64::try_from(numbers.below(50)).unwrap());
            let days = i64::try_from(numbers.below(20)).unwrap() - 10;
            let mut new = certificate(numbers, name, issued, days);
            let (authority, generation) = authorities[usize::from(numbers.below(2) == 0)];
            if numbers.below(5) > 0 {
                (new.record.authority, new.record.generation) = (Some(authority), Some(generation));
            }
            if numbers.below(7) == 0 {
                (new.facts.kind, new.facts.class) = (CertificateKind::Authority, ExpiryClass::Authority);
            }
            let id = write.insert_certificate(&new)?;
            made.push(id);
            let chosen = made[usize::try_from(numbers.below(u64::try_from(made.len()).unwrap())).unwrap()];
            match numbers.below(12) {
                0 => write.set_archived(chosen, true)?,
                1 => write.set_archived(chosen, false)?,
                2 => write.set_revoked(chosen, NOW, RevocationReason::KeyCompromise, None)?,
                3 => write.set_revoked(chosen, NOW, RevocationReason::CertificateHold, None)?,
                4 => write.clear_revoked(chosen)?,
                5 => write.set_superseded(chosen, Some(id))?,
                _ => {}
            }
        }
        Ok(())
    });
    registry
}

fn filters() -> Vec<CertificateFilter> {
    let all = CertificateFilter::default();
    vec![
        all.clone(),
        CertificateFilter { archived: Archived::With, ..all.clone() },
        CertificateFilter { archived: Archived::Only, ..all.clone() },
        CertificateFilter { kind: Some(CertificateKind::Authority), ..all.clone() },
        CertificateFilter { statuses: vec![CertificateStatus::Revoked, CertificateStatus::Held], ..all.clone() },
        CertificateFilter { statuses: vec![CertificateStatus::Valid], archived: Archived::With, ..all.clone() },
        CertificateFilter { statuses: vec![CertificateStatus::Expired, CertificateStatus::Superseded], ..all.clone() },
        CertificateFilter { search: Some("bet gam".to_owned()), ..all.clone() },
        CertificateFilter { search: Some("ä".to_owned()), archived: Archived::With, ..all.clone() },
        CertificateFilter { name: Some("dns:BETA".to_owned()), ..all.clone() },
        CertificateFilter { profile: Some("tls-server".to_owned()), expires_before: Some(NOW), ..all },
    ]
}

/// The rows that a filter lets through, in the order of a sort, told without SQL.
fn expected(everything: &[CertificateRow], filter: &CertificateFilter, sort: Sort) -> Vec<CertificateId> {
    let words: Vec<String> = filter.search.iter().flat_map(|text| text.split(' ')).map(str::to_lowercase).collect();
    let fits = |row: &&CertificateRow| {
        let text = row.facts.display_name.to_lowercase();
        (match filter.archived {
            Archived::Without => !row.state.archived,
            Archived::Only => row.state.archived,
            Archived::With => true,
        }) && filter.kind.is_none_or(|kind| row.facts.kind == kind)
            && (filter.statuses.is_empty() || filter.statuses.contains(&row.status(NOW)))
            && words.iter().all(|word| text.split(' ').any(|own| own.starts_with(word.as_str())))
            && filter.name.as_ref().is_none_or(|name| row.facts.names.contains(name))
            && filter.expires_before.is_none_or(|moment| row.facts.not_after < moment)
    };
    let mut rows: Vec<&CertificateRow> = everything.iter().filter(fits).collect();
    match sort.by {
        SortBy::Issued => rows.sort_by_key(|row| row.id),
        SortBy::Ends => rows.sort_by_key(|row| (row.facts.not_after, row.id)),
        SortBy::Name => rows.sort_by_key(|row| (row.facts.display_name.to_lowercase(), row.id)),
    }
    if sort.descending {
        rows.reverse();
    }
    rows.into_iter().map(|row| row.id).collect()
}

#[test]
fn pages_visit_every_row_once_in_every_order_under_every_filter() {
    let folder = TempDir::new().unwrap();
    let registry = mixed(&folder, 400);
    let everything =
        walk(&registry, &CertificateFilter { archived: Archived::With, ..CertificateFilter::default() }, Sort::default(), 1000);
    assert_eq!(everything.len(), 400);
    for filter in filters() {
        for sort in SORTS {
            let expected = expected(&everything, &filter, sort);
            assert!(!expected.is_empty(), "{filter:?} finds nothing");
            assert_eq!(ids(&walk(&registry, &filter, sort, 7)), expected, "{filter:?} {sort:?}");
            let total = page(&registry, &filter, sort, &Page::First, 7).total;
            assert_eq!(total, Count { count: u64::try_from(expected.len()).unwrap(), at_least: false }, "{filter:?}");
            for position in [0, 1, 13, expected.len() - 1, expected.len()] {
                let found = page(&registry, &filter, sort, &Page::At(u64::try_from(position).unwrap()), 5);
                assert_eq!(ids(&found.items), expected[position..expected.len().min(position + 5)], "{filter:?} {sort:?} at {position}");
            }
        }
    }
}

#[test]
fn a_jump_lands_where_walking_would_across_split_ranges() {
    let folder = TempDir::new().unwrap();
    let count = u64::try_from(MOST_IN_A_RANGE).unwrap() * 2 + 500;
    let registry = mixed(&folder, count);
    for sort in SORTS {
        let ranges = registry.read(|read| read.ranges(sort.by)).unwrap();
        assert!(ranges.len() > 1 && ranges.iter().all(|(_, count)| *count <= MOST_IN_A_RANGE), "{sort:?}: {} ranges", ranges.len());
        let all = ids(&walk(&registry, &CertificateFilter::default(), sort, 500));
        for position in (0..all.len() + 3).step_by(97) {
            let found = page(&registry, &CertificateFilter::default(), sort, &Page::At(u64::try_from(position).unwrap()), 3);
            assert_eq!(ids(&found.items), all[position.min(all.len())..all.len().min(position + 3)], "{sort:?} at {position}");
        }
    }
}

#[test]
fn every_range_holds_what_it_says_also_when_made_again() {
    let folder = TempDir::new().unwrap();
    let registry = mixed(&folder, u64::try_from(MOST_IN_A_RANGE).unwrap() * 2 + 500);
    assert_ranges_exact(&registry);
    write(&registry, |write| write.rebuild_derived(&crate::watch::Unwatched));
    assert_ranges_exact(&registry);
}

#[test]
fn a_write_sees_the_positions_that_it_has_changed() {
    let folder = TempDir::new().unwrap();
    let registry = mixed(&folder, 50);
    let before: i64 = registry.read(|read| read.ranges(SortBy::Name)).unwrap().iter().map(|(_, count)| count).sum();
    let seen = registry.write(|write| {
        let id = write.insert_certificate(&certificate(&mut Numbers(7), "seen at once", NOW, 5))?;
        let more: i64 = write.ranges(SortBy::Name)?.iter().map(|(_, count)| count).sum();
        write.set_archived(id, true)?;
        Ok::<_, RegistryError>((more, write.ranges(SortBy::Name)?.iter().map(|(_, count)| count).sum()))
    });
    assert_eq!(seen.unwrap(), (before + 1, before));
}

#[test]
fn counters_equal_a_recount_and_can_be_made_again() {
    let folder = TempDir::new().unwrap();
    let registry = mixed(&folder, 600);
    let (kept, counted) = registry.read(|read| read.recount()).unwrap();
    assert!(kept.len() > 50);
    assert_eq!(kept, counted);
    write(&registry, |write| {
        write.execute("UPDATE certificate_totals SET count = count + 1", &[])?;
        write.execute("DELETE FROM position_ranges", &[])?;
        write.rebuild_derived(&crate::watch::Unwatched)
    });
    assert_eq!(registry.read(|read| read.recount()).unwrap(), (counted.clone(), counted));
    let filter = CertificateFilter { search: Some("gamma".to_owned()), ..CertificateFilter::default() };
    assert!(page(&registry, &filter, Sort::default(), &Page::First, 5).total.count > 0);
}

#[test]
fn status_counts_are_exact_to_the_second() {
    let folder = TempDir::new().unwrap();
    let registry = mixed(&folder, 500);
    let rows = walk(&registry, &CertificateFilter::default(), Sort::default(), 1000);
    for now in [NOW, NOW - Duration::hours(13), NOW + Duration::seconds(1), NOW - Duration::seconds(25)] {
        let mut expected = StatusCounts::default();
        for row in &rows {
            *match row.status(now) {
                CertificateStatus::Valid => &mut expected.valid,
                CertificateStatus::Expired => &mut expected.expired,
                CertificateStatus::Revoked => &mut expected.revoked,
                CertificateStatus::Held => &mut expected.held,
                CertificateStatus::Superseded => &mut expected.superseded,
            } += 1;
        }
        assert_eq!(registry.read(|read| read.status_counts(None, now)).unwrap(), expected, "{now}");
    }
    let days = registry.read(|read| read.expiry_days(None, NOW - Duration::days(30), NOW + Duration::days(30))).unwrap();
    assert_eq!(days.iter().map(|day| day.count).sum::<u64>(), u64::try_from(rows.len()).unwrap());
}

#[test]
fn every_word_is_the_start_of_a_word() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let mut new = certificate(&mut Numbers(7), "Straße am Fluß", NOW, 10);
    new.facts.names = vec!["dns:www-1.Example.test".to_owned(), "uri:spiffe://mesh/ns/prod".to_owned()];
    let id = insert(&registry, &new);
    insert(&registry, &certificate(&mut Numbers(8), "other", NOW, 10));
    let (serial, fingerprint) = (new.facts.serial.to_string(), new.facts.fingerprint.to_string());
    let found = |text: &str| {
        let filter = CertificateFilter { search: Some(text.to_owned()), ..CertificateFilter::default() };
        ids(&page(&registry, &filter, Sort::default(), &Page::First, 5).items) == [id]
    };
    for text in [
        "STRASSE",
        "fluss stra",
        "www exam",
        "www 1",
        "MESH/NS",
        "spiffe:",
        &serial[..9],
        &serial.to_uppercase(),
        &fingerprint[..12],
        "am \"fluß\"",
    ] {
        assert!(found(text), "{text:?} finds it");
    }
    for text in ["trasse", "xample", "www nothing", "dns:www", &fingerprint[1..12], "*", "\"", "( ) OR", "NEAR"] {
        assert!(!found(text), "{text:?} does not find it");
    }
    let any = CertificateFilter { search: Some("  ".to_owned()), ..CertificateFilter::default() };
    assert_eq!(page(&registry, &any, Sort::default(), &Page::First, 5).total.count, 2);
}

#[test]
fn testing_a_row_for_words_answers_as_the_index_does() {
    let folder = TempDir::new().unwrap();
    let registry = mixed(&folder, 200);
    let long = "Donaudampfschifffahrtsgesellschaftskapitän";
    let mut new = certificate(&mut Numbers(9), long, NOW, 10);
    new.facts.serial = SerialNumber::from_hex("02").unwrap();
    insert(&registry, &new);
    let all = CertificateFilter { archived: Archived::With, ..CertificateFilter::default() };
    let everything = walk(&registry, &all, Sort::default(), 500);
    let some = everything[3].facts.clone();
    let (serial, fingerprint) = (some.serial.to_string(), some.fingerprint.to_string());
    let texts = [
        "b",
        "be",
        "beta",
        "gamma b",
        "alp",
        "ä",
        "zebra x",
        "cn",
        "02",
        "0",
        "a",
        "12",
        "abcd",
        &serial[..4],
        &serial,
        &fingerprint[..5],
        &fingerprint[..3],
        &format!("{} {}", some.display_name, &fingerprint[..8]),
        "donaudampfschifffahrtsgesellschaf",
        "DonauDampfschifffahrtsgesellschaft",
        &long[..33],
        &long[..32],
        &long[..31],
        &format!("{long}s"),
    ];
    for text in texts {
        let starts = WordStarts::of(text).unwrap();
        let tested: Vec<_> = everything.iter().filter(|row| starts.fit(&row.facts)).map(|row| row.id).collect();
        let filter = CertificateFilter { search: Some(text.to_owned()), ..all.clone() };
        assert_eq!(ids(&walk(&registry, &filter, Sort::default(), 30)), tested, "{text:?}");
    }
    let found = |text: &str| {
        let filter = CertificateFilter { search: Some(text.to_owned()), ..all.clone() };
        page(&registry, &filter, Sort::default(), &Page::First, 9).items.iter().any(|row| row.facts.serial == new.facts.serial)
    };
    assert!(found(&new.facts.serial.to_string()), "a counted serial is found by all its digits");
    assert!(found(&long[..40]) && found("donaudampf"));
}

#[test]
fn a_dense_list_counts_to_ten_thousand_and_pages_on() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let numbers = &mut Numbers(3);
    write(&registry, |write| {
        for n in 0..10_050_i64 {
            write.insert_certificate(&certificate(numbers, &format!("host {}", n % 10), NOW - Duration::seconds(n), n % 365))?;
        }
        Ok(())
    });
    let filter = CertificateFilter {
        search: Some("host".to_owned()),
        statuses: vec![CertificateStatus::Valid, CertificateStatus::Expired],
        ..CertificateFilter::default()
    };
    for sort in SORTS {
        let rows = walk(&registry, &filter, sort, 2_500);
        let mut unique = ids(&rows);
        unique.sort();
        unique.dedup();
        assert_eq!((rows.len(), unique.len()), (10_050, 10_050), "{sort:?}");
        assert_eq!(page(&registry, &filter, sort, &Page::First, 1).total, Count { count: 10_000, at_least: true });
    }
    let too_far = registry.read(|read| read.certificates_page(&filter, Sort::default(), &Page::At(10_001), 1, NOW)).unwrap_err();
    assert_eq!(too_far, RegistryError::PositionTooFar { position: 10_001, most: 10_000 });
}

#[test]
fn a_cursor_of_another_order_is_refused() {
    let folder = TempDir::new().unwrap();
    let registry = mixed(&folder, 20);
    let cursor = page(&registry, &CertificateFilter::default(), Sort::default(), &Page::First, 3).next.unwrap();
    let by_name = Sort { by: SortBy::Name, descending: false };
    for text in [cursor.as_str(), "", "n", "nzz", "n00"] {
        let outcome =
            registry.read(|read| read.certificates_page(&CertificateFilter::default(), by_name, &Page::After(text.to_owned()), 3, NOW));
        assert_eq!(outcome.unwrap_err(), RegistryError::BadCursor { text: text.to_owned() });
    }
}

#[test]
fn ids_follow_the_time_of_issue_and_then_the_order_of_entry() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let numbers = &mut Numbers(5);
    let mut at = |time: OffsetDateTime| insert(&registry, &certificate(numbers, "x", time, 1));
    let (second, third, first, old) =
        (at(NOW), at(NOW), at(NOW - Duration::seconds(1)), at(OffsetDateTime::UNIX_EPOCH - Duration::days(9000)));
    assert!(old < first && first < second && second < third);
    assert_eq!(second.to_string().parse(), Ok(second));
    assert!("-1".parse::<CertificateId>().is_err() && "+1".parse::<CertificateId>().is_err() && "".parse::<CertificateId>().is_err());
}

#[test]
fn a_serial_is_issued_once_and_foreign_ones_may_collide() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let numbers = &mut Numbers(5);
    let first = certificate(numbers, "a", NOW, 1);
    let mut second = certificate(numbers, "b", NOW, 1);
    second.facts.serial = first.facts.serial.clone();
    insert(&registry, &first);
    let refused = registry.write(|write| write.insert_certificate(&second)).unwrap_err();
    assert_eq!(refused, RegistryError::AlreadyPresent { what: "certificates.serial, certificates.issuer_hash".to_owned() });
    second.record.imported = true;
    let foreign = insert(&registry, &second);
    let found = registry.read(|read| read.certificates_by_serial(&first.facts.serial)).unwrap();
    assert_eq!(found.len(), 2);
    let again = registry.write(|write| write.insert_certificate(&second)).unwrap_err();
    assert_eq!(again, RegistryError::AlreadyPresent { what: "certificates.fingerprint".to_owned() });
    let row = registry.read(|read| read.certificate(foreign)).unwrap().unwrap();
    assert_eq!((row.facts, row.record), (second.facts, second.record));
    assert_eq!(registry.read(|read| read.certificate_der(foreign)).unwrap(), second.der);
}

#[test]
fn a_write_that_fails_leaves_no_trace() {
    let folder = TempDir::new().unwrap();
    let registry = mixed(&folder, 30);
    let before = registry.read(|read| read.recount()).unwrap();
    let outcome: Result<(), RegistryError> = registry.write(|write| {
        write.insert_certificate(&certificate(&mut Numbers(99), "gone", NOW, 1))?;
        Err(RegistryError::Refused { detail: "on purpose".to_owned() })
    });
    assert!(outcome.is_err());
    assert_eq!(registry.read(|read| read.recount()).unwrap(), before);
}
