//! The log as a list: every filter and every pair of them, against a walk over all rows; and by which index each is answered.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use tempfile::TempDir;
use time::Duration;

use super::{NOW, Numbers, new_registry, write};
use crate::audit::{Actor, AuditEvent};
use crate::registry::audit_rows::AuditRow;
use crate::registry::{AuditFilter, AuditStart, MOST_SEARCHED, Read, Registry, RegistryError};

/// A hundred rows by two people, every tenth a refused attempt.
fn of_two(folder: &TempDir) -> Registry {
    let registry = new_registry(folder);
    for n in 1..=100_u32 {
        let event = AuditEvent {
            at: NOW + Duration::hours(n.into()),
            actor: Actor {
                user: if n % 4 == 0 { "bert" } else { "anna" }.to_owned(),
                host: "h".to_owned(),
                program: "chancery".to_owned(),
            },
            action: if n % 10 == 0 { "certificate.issue-refused" } else { "certificate.issued" }.to_owned(),
            subject: (n % 7).to_string(),
            detail: serde_json::json!({ "name": format!("host-{n:03}") }),
            why: (n == 50).then(|| "100 % _wrong_".to_owned()),
        };
        write(&registry, |write| write.append_audit(&event));
    }
    registry
}

#[test]
fn the_log_is_filtered_walked_and_reached_by_place() {
    let folder = TempDir::new().unwrap();
    let registry = of_two(&folder);
    let page = |filter: &AuditFilter, start, limit| -> Vec<u64> {
        registry.read(|read| read.audit_list(filter, start, limit)).unwrap().iter().map(|row| row.sequence).collect()
    };
    let count = |filter: &AuditFilter| registry.read(|read| read.audit_count(filter)).unwrap();
    let all = AuditFilter::default();
    assert_eq!(page(&all, AuditStart::Newest, 3), [100, 99, 98]);
    assert_eq!(page(&all, AuditStart::Before(98), 2), [97, 96]);
    assert_eq!(page(&all, AuditStart::Position(60), 2), [40, 39]);
    assert_eq!(count(&all), 100);

    let refused = AuditFilter { refused: true, ..AuditFilter::default() };
    assert_eq!((count(&refused), page(&refused, AuditStart::Position(8), 9)), (10, vec![20, 10]));
    let hers = AuditFilter { actor: Some("ANNA@h (".to_owned()), refused: true, ..AuditFilter::default() };
    assert_eq!(page(&hers, AuditStart::Newest, 99), [90, 70, 50, 30, 10]);
    let span = AuditFilter { since: Some(NOW + Duration::hours(20)), until: Some(NOW + Duration::hours(22)), ..AuditFilter::default() };
    assert_eq!(page(&span, AuditStart::Newest, 99), [22, 21, 20]);
    let about = AuditFilter { subject: Some("3".to_owned()), action: Some("certificate.issued".to_owned()), ..AuditFilter::default() };
    assert_eq!(page(&about, AuditStart::Newest, 2), [94, 87]);
    let found = |text: &str| page(&AuditFilter { search: Some(text.to_owned()), ..AuditFilter::default() }, AuditStart::Newest, 99);
    assert_eq!(found("HOST-050 refused"), [50]);
    assert_eq!(found("% _wrong_"), [50], "signs of patterns are letters like any other");
    assert!(found("host-101").is_empty());
    assert_eq!(
        registry.read(|read| read.audit_facets()).unwrap().actions,
        [("certificate.issue-refused".to_owned(), 10), ("certificate.issued".to_owned(), 90)]
    );
    assert_eq!(registry.read(|read| read.audit_facets()).unwrap().actors[0].1, 75);
}

const ROWS: u32 = 600;

/// Rows of three people on two machines and some dozen actions, the same in every run; the clock goes back by a day in between.
fn of_many(folder: &TempDir) -> Registry {
    let registry = new_registry(folder);
    let numbers = &mut Numbers(7);
    let mut one_of = |words: &[&str]| words[usize::try_from(numbers.below(words.len().try_into().unwrap())).unwrap()].to_owned();
    write(&registry, |write| {
        for n in 0..ROWS {
            let back = if (200..300).contains(&n) { Duration::DAY } else { Duration::ZERO };
            let noun = one_of(&["certificate", "certificate", "crl", "Certificate-like", "key"]);
            let (user, host) = (one_of(&["anna", "bert", "Äda", "anna"]), one_of(&["host-0", "host-1"]));
            write.append_audit(&AuditEvent {
                at: NOW + Duration::minutes(i64::from(n) * 10) - back,
                actor: Actor { user, host, program: "chancery".to_owned() },
                action: format!("{noun}.{}", one_of(&["issued", "issued", "revoked", "issue-refused"])),
                subject: one_of(&["3", "3", "4"]),
                detail: serde_json::json!({ "n": n }),
                why: n.is_multiple_of(3).then(|| format!("why {n}")),
            })?;
        }
        Ok(())
    });
    registry
}

/// Every combination of what can be asked for.
fn filters() -> Vec<AuditFilter> {
    let text = |text: &str| Some(text.to_owned());
    let mut all = vec![AuditFilter::default()];
    let each = |all: &mut Vec<AuditFilter>, change: &dyn Fn(&AuditFilter) -> Vec<AuditFilter>| {
        let more: Vec<_> = all.iter().flat_map(change).collect();
        all.extend(more);
    };
    each(&mut all, &|filter| ["ANNA@", "äda@host-1 (chancery)"].map(|actor| AuditFilter { actor: text(actor), ..filter.clone() }).into());
    each(&mut all, &|filter| ["certificate", "CRL.issued"].map(|action| AuditFilter { action: text(action), ..filter.clone() }).into());
    each(&mut all, &|filter| vec![AuditFilter { subject: text("3"), ..filter.clone() }]);
    each(&mut all, &|filter| {
        let at = |hours: i64| Some(NOW + Duration::hours(hours));
        // The clock goes back from 33 to 9 hours, and on from 26 to 50.
        let spans = [(at(12), None), (at(10), at(30)), (at(20), at(10))];
        spans.map(|(since, until)| AuditFilter { since, until, ..filter.clone() }).into()
    });
    each(&mut all, &|filter| vec![AuditFilter { last: Some(333), ..filter.clone() }]);
    each(&mut all, &|filter| vec![AuditFilter { refused: true, ..filter.clone() }]);
    each(&mut all, &|filter| vec![AuditFilter { search: text("ISSUE why"), ..filter.clone() }]);
    all
}

/// What a filter means, said once more and slowly.
fn fits(filter: &AuditFilter, row: &AuditRow) -> bool {
    let lower = |text: &str| text.to_lowercase();
    let actor: serde_json::Value = serde_json::from_str(&row.actor).unwrap();
    let part = |name: &str| actor[name].as_str().unwrap().to_owned();
    let who = lower(&format!("{}@{} ({})", part("user"), part("host"), part("program")));
    let anywhere = lower(
        &[&row.action, &row.subject, &row.detail, row.why.as_deref().unwrap_or_default(), &row.actor].map(ToString::to_string).join(" "),
    );
    filter.actor.as_ref().is_none_or(|part| who.contains(&lower(part)))
        && filter.action.as_ref().is_none_or(|start| lower(&row.action).starts_with(&lower(start)))
        && filter.subject.as_ref().is_none_or(|subject| *subject == row.subject)
        && filter.last.is_none_or(|last| row.sequence <= last)
        && filter.since.is_none_or(|since| row.at >= since)
        && filter.until.is_none_or(|until| row.at <= until)
        && (!filter.refused || row.action.ends_with("-refused"))
        && filter.search.iter().flat_map(|text| text.split_whitespace()).all(|word| anywhere.contains(&lower(word)))
}

fn sequences(rows: &[AuditRow]) -> Vec<u64> {
    rows.iter().map(|row| row.sequence).collect()
}

#[test]
fn every_filter_shows_what_a_look_at_every_row_shows() {
    let folder = TempDir::new().unwrap();
    let registry = of_many(&folder);
    let everything = registry.read(|read| read.audit_list(&AuditFilter::default(), AuditStart::Newest, 1_000)).unwrap();
    assert_eq!(sequences(&everything), (1..=u64::from(ROWS)).rev().collect::<Vec<_>>());
    let (mut some, all) = (0, filters());
    for filter in &all {
        let right: Vec<u64> = everything.iter().filter(|row| fits(filter, row)).map(|row| row.sequence).collect();
        let list = |start, limit| sequences(&registry.read(|read| read.audit_list(filter, start, limit)).unwrap());
        assert_eq!(list(AuditStart::Newest, 1_000), right, "{filter:?}");
        assert_eq!(registry.read(|read| read.audit_count(filter)).unwrap(), u64::try_from(right.len()).unwrap(), "{filter:?}");
        some += usize::from(!right.is_empty());
        // A page in the middle, by place and by key.
        let middle = right.len() / 2;
        let page: Vec<u64> = right.iter().copied().skip(middle).take(7).collect();
        assert_eq!(list(AuditStart::Position(u64::try_from(middle).unwrap()), 7), page, "{filter:?}");
        if let Some(before) = middle.checked_sub(1).map(|at| right[at]) {
            assert_eq!(list(AuditStart::Before(before), 7), page, "{filter:?}");
        }
    }
    assert!(some > all.len() / 2, "most filters let nothing through: {some} of {}", all.len());
    let facets = registry.read(|read| read.audit_facets()).unwrap();
    let mut times = std::collections::BTreeMap::new();
    everything.iter().for_each(|row| *times.entry(row.action.clone()).or_insert(0) += 1);
    assert_eq!(facets.actions, times.into_iter().collect::<Vec<(String, u64)>>());
    assert_eq!(facets.actors.iter().map(|(_, count)| count).sum::<u64>(), u64::from(ROWS));
    assert!(facets.actors.is_sorted_by(|one, other| one.1 >= other.1));
}

#[test]
fn a_search_looks_at_so_many_entries_and_says_where_it_goes_on() {
    let folder = TempDir::new().unwrap();
    let registry = of_two(&folder);
    let more = MOST_SEARCHED + 50;
    // Their hashes do not matter here.
    let filler = "WITH RECURSIVE n(n) AS (SELECT 101 UNION ALL SELECT n + 1 FROM n WHERE n < ?1) INSERT INTO audit \
        SELECT n, 0, '{}', 'filler', '', '{}', NULL, zeroblob(32), zeroblob(32) FROM n";
    Connection::open(registry.path()).unwrap().execute(filler, [i64::try_from(more).unwrap()]).unwrap();
    let search = |text: &str, last| AuditFilter { search: Some(text.to_owned()), last, ..AuditFilter::default() };
    let list = |filter: &AuditFilter, start| {
        let read = |read: &Read<'_>| {
            Ok::<_, RegistryError>((
                sequences(&read.audit_list(filter, start, 100)?),
                read.audit_count(filter)?,
                read.audit_searched_from(filter, start)?,
            ))
        };
        registry.read(read).unwrap()
    };
    let hosts = search("host-0", None);
    // The hundred rows lie at 1 to 100; the newest that are looked at begin at 51.
    assert_eq!(list(&hosts, AuditStart::Newest), ((51..=99).rev().collect(), 49, Some(51)));
    assert_eq!(list(&hosts, AuditStart::Position(48)), (vec![51], 49, Some(51)));
    assert_eq!(list(&hosts, AuditStart::Before(51)), ((1..=50).rev().collect(), 49, None));
    let older = search("host-0", Some(50));
    assert_eq!(list(&older, AuditStart::Position(0)), ((1..=50).rev().collect(), 50, None));
    // By actor and action the same; one subject is searched whole.
    let issued = AuditFilter { action: Some("certificate.issued".to_owned()), ..search("host-04", None) };
    assert_eq!(list(&issued, AuditStart::Newest), (Vec::new(), 0, Some(51)));
    let about = AuditFilter { subject: Some("3".to_owned()), ..search("host-00", None) };
    assert_eq!(list(&about, AuditStart::Newest), (vec![3], 1, None));
    assert_eq!(list(&AuditFilter::default(), AuditStart::Newest).2, None);
}

thread_local! {
    static STATEMENTS: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// What is wrong with how SQLite means to answer a statement: each row of the log looked at, or sorted in a place of its own.
fn costly(connection: &Connection, sql: &str) -> Vec<String> {
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    // Nothing is bound to its parameters, and a plan does not depend on them.
    let steps = plan.raw_query().mapped(|row| row.get::<_, String>("detail")).map(Result::unwrap);
    steps.filter(|step| step.starts_with("SCAN audit") || step.contains("TEMP B-TREE")).map(|step| format!("{step}: {sql}")).collect()
}

#[test]
fn no_filter_looks_at_every_row_and_none_sorts() {
    let folder = TempDir::new().unwrap();
    let registry = of_many(&folder);
    let connection = Connection::open(registry.path()).unwrap();
    connection.trace_v2(
        TraceEventCodes::SQLITE_TRACE_STMT,
        Some(|event| {
            if let TraceEvent::Stmt(statement, _) = event {
                STATEMENTS.with_borrow_mut(|statements| statements.insert(statement.sql().into_owned()));
            }
        }),
    );
    let read = Read::new(&connection);
    read.audit_facets().unwrap();
    for filter in filters() {
        read.audit_count(&filter).unwrap();
        for start in [AuditStart::Newest, AuditStart::Before(500), AuditStart::Position(3)] {
            read.audit_list(&filter, start, 5).unwrap();
        }
    }
    let statements = STATEMENTS.take();
    for index in ["audit_by_subject", "audit_by_time", "audit_by_action_and_actor", "audit NOT INDEXED"] {
        assert!(statements.iter().any(|sql| sql.contains(index)), "{index} leads nowhere: {statements:#?}");
    }
    let complaints: Vec<String> = statements.iter().flat_map(|sql| costly(&connection, sql)).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    // A test of the test.
    for sql in ["SELECT 1 FROM audit WHERE why = 'x'", "SELECT 1 FROM audit WHERE subject > 'x' ORDER BY sequence"] {
        assert_eq!(costly(&connection, sql).len(), 1, "{sql}");
    }
}
