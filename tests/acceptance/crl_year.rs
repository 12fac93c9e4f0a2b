//! A year in the life of five authorities, one re-keyed, one whose key is elsewhere: certificates are issued, revoked and end; the laptop sleeps, is locked,
//! its disk fails, its clock jumps. An independent model of RFC 5280 3.3 says what each CRL must list, and the year is then gone through for a moment at
//! which a CRL had ended although another could have been signed in its last third.

use std::collections::{BTreeMap, BTreeSet};

use api::ErrorCode;
use authority::pki::crl::Crl;
use authority::registry::{CrlKind, GenerationId, RegistryError, WHOLE};
use authority::run_crls::{CrlOutcome, HoldOff, ROUND_LIMIT, RunCrlsError};
use authority::session::Session;
use authority::watch::Unwatched;
use serde_json::json;
use suite::judges::sqlite::sqlite;
use suite::{NOW, Sandbox, ask, sandbox};
use time::{Duration, OffsetDateTime};

/// What happens besides the daily work; days since the start, with hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Work,
    Sleeps,
    Wakes,
    Locked,
    Unlocked,
    DiskFails,
    DiskWorks,
    /// The clock is wrong by so many hours.
    ClockOff(i64),
    /// The clock is right again; if it was ahead, somebody says so.
    ClockRight,
    Rekey,
}

const EVENTS: &[(i64, i64, Event)] = &[
    (20, 3, Event::Sleeps),
    (23, 5, Event::Wakes),
    // Longer than the life of a CRL: nobody can help it.
    (60, 1, Event::Sleeps),
    (72, 2, Event::Wakes),
    (90, 11, Event::Rekey),
    (100, 0, Event::Locked),
    (104, 9, Event::Unlocked),
    (130, 4, Event::DiskFails),
    (134, 4, Event::DiskWorks),
    (160, 10, Event::ClockOff(400 * 24)),
    (160, 15, Event::ClockRight),
    // Asleep through the last two thirds of one CRL's life, locked before that.
    (198, 0, Event::Locked),
    (200, 0, Event::Sleeps),
    (206, 0, Event::Wakes),
    (206, 12, Event::Unlocked),
    (250, 10, Event::ClockOff(-72)),
    (250, 16, Event::ClockRight),
    (300, 6, Event::DiskFails),
    (309, 6, Event::DiskWorks),
];

/// While this setting is there, no CRL can be recorded.
const DISK: &str = "test.disk";

/// A certificate, as the model knows it.
struct Known {
    id: String,
    name: String,
    generation: GenerationId,
    serial: Vec<u8>,
    not_after: OffsetDateTime,
    revoked: bool,
}

/// A CRL that was issued.
struct Issued {
    /// By the clock that is always right.
    at: OffsetDateTime,
    number: u64,
    this_update: OffsetDateTime,
    next_update: OffsetDateTime,
    serials: BTreeSet<Vec<u8>>,
}

struct Year {
    sandbox: Sandbox,
    session: Session,
    /// The time, as it is.
    time: OffsetDateTime,
    /// By how much the clock is wrong.
    off: Duration,
    awake: bool,
    locked: bool,
    disk_fails: bool,
    /// When something could be signed under the right time: from, to.
    able: Vec<(OffsetDateTime, OffsetDateTime)>,
    known: Vec<Known>,
    issued: BTreeMap<GenerationId, Vec<Issued>>,
    next: Option<OffsetDateTime>,
    random: u64,
}

impl Year {
    fn begin() -> Self {
        let sandbox = Sandbox::with_keyring();
        sandbox
            .authority(json!({ "name": "Root", "subject": "CN=Root", "key": "ec-p256", "crlUrls": ["http://crl.example.test/root.crl"] }));
        for name in ["Alpha", "Beta", "Gamma"] {
            let url = format!("http://crl.example.test/{name}.crl");
            sandbox
                .authority(json!({ "name": name, "parent": "Root", "subject": format!("CN={name}"), "key": "ec-p256", "crlUrls": [url] }));
        }
        // Its key is on another machine; here is its certificate, and the CRL that was carried over.
        let outside = Sandbox::with_keyring();
        outside.authority(
            json!({ "name": "Offline", "subject": "CN=Offline", "key": "ec-p256", "crlUrls": ["http://crl.example.test/off.crl"] }),
        );
        let leaf = outside.issue("Offline", &["far.example.test"], "far").certificate;
        let leaf = outside.export(&leaf.id, "pem", "far.pem");
        let crl = std::fs::read(outside.crl("Offline")).expect("its CRL");
        let certificate = std::fs::read(outside.bundle("Offline", "offline.pem")).expect("its certificate");
        let certificate = sandbox.write("offline.pem", certificate);
        sandbox.surface.import_run(ask(json!({ "paths": [certificate, leaf] }))).expect("taken");
        let crl = sandbox.write("offline.crl", crl);
        sandbox.surface.crl_install(ask(json!({ "authority": "Offline", "path": crl }))).expect("installed");
        // Only while nobody else of this process has the file open: what the other connections lock would be let go.
        let fails = format!("WHEN EXISTS (SELECT 1 FROM settings WHERE key = '{DISK}') BEGIN SELECT RAISE(ABORT, 'the disk fails'); END");
        sqlite(&sandbox.text("acme.chancery"), &format!("CREATE TRIGGER disk BEFORE INSERT ON crls {fails}"));
        let session = Session::open(&sandbox.path("acme.chancery"), sandbox::forces(&sandbox.clock, &sandbox.keyring)).expect("opened");
        session.unlock(None).expect("unlocked");
        Self {
            sandbox,
            session,
            time: NOW,
            off: Duration::ZERO,
            awake: true,
            locked: false,
            disk_fails: false,
            able: Vec::new(),
            known: Vec::new(),
            issued: BTreeMap::new(),
            next: Some(NOW),
            random: 0x9e37_79b9_7f4a_7c15,
        }
    }

    fn draw(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % u64::try_from(below).expect("small")).expect("smaller")
    }

    fn can_sign(&self) -> bool {
        self.awake && !self.locked && !self.disk_fails && self.off.is_zero()
    }

    /// Goes on to a moment; what could be done until then is noted.
    fn go_to(&mut self, time: OffsetDateTime) {
        if self.can_sign() && time > self.time {
            self.able.push((self.time, time));
        }
        self.time = time;
        self.sandbox.clock.set(time + self.off);
    }

    fn happen(&mut self, event: Event, day: i64) {
        match event {
            Event::Work => self.work(day),
            Event::Sleeps => self.awake = false,
            Event::Wakes => self.awake = true,
            Event::Locked => self.locked = true,
            Event::Unlocked => self.locked = false,
            Event::DiskFails | Event::DiskWorks => {
                self.disk_fails = event == Event::DiskFails;
                let value = self.disk_fails.then_some("fails");
                self.session.registry().write(|tx| tx.set_setting(DISK, value)).expect("written");
            }
            Event::ClockOff(hours) => self.off = Duration::hours(hours),
            Event::ClockRight => {
                let ahead = self.off.is_positive();
                self.off = Duration::ZERO;
                self.sandbox.clock.set(self.time);
                if ahead {
                    assert!(matches!(
                        self.session.run_crls(HoldOff::AsSet, ROUND_LIMIT, &Unwatched),
                        Err(RunCrlsError::ClockWentBack { .. })
                    ));
                    self.sandbox.surface.clock_confirm(ask(json!({}))).expect("confirmed");
                }
            }
            Event::Rekey => {
                let renewal = json!({ "renewal": { "authority": "Beta", "newKey": true } });
                self.sandbox.surface.authority_renew(ask(renewal)).expect("a new key");
            }
        }
        self.sandbox.keyring.set_locked(self.locked);
        self.sandbox.clock.set(self.time + self.off);
        // Whatever has happened, the window looks.
        self.next = Some(self.time);
    }

    /// One certificate a day, and every third day one is revoked.
    fn work(&mut self, day: i64) {
        if !self.can_sign() {
            return;
        }
        let authority = ["Alpha", "Beta", "Gamma"][self.draw(3)];
        let days = [5, 20, 45, 120][self.draw(4)];
        let name = format!("n{day}.example.test");
        let draft = json!({ "authority": authority, "names": [name], "days": days });
        let view = self.sandbox.issue_as(draft, &format!("n{day}")).certificate;
        let row = self.session.registry().read(|tx| tx.certificate(view.id.parse().expect("an id"))).expect("read").expect("there");
        self.known.push(Known {
            id: view.id,
            name,
            generation: row.record.generation.expect("issued here"),
            serial: row.facts.serial.content_octets().to_vec(),
            not_after: row.facts.not_after,
            revoked: false,
        });
        if day % 3 == 0 {
            let valid: Vec<usize> =
                (0..self.known.len()).filter(|at| !self.known[*at].revoked && self.known[*at].not_after > self.time).collect();
            let at = valid[self.draw(valid.len())];
            let (id, name) = (self.known[at].id.clone(), self.known[at].name.clone());
            self.sandbox.revoke(&id, &name, "keyCompromise");
            self.known[at].revoked = true;
        }
    }

    /// What the window does when it looks.
    fn look(&mut self) {
        self.next = None;
        if !self.awake {
            return;
        }
        let round = match self.session.run_crls(HoldOff::AsSet, ROUND_LIMIT, &Unwatched) {
            Ok(round) => round,
            Err(RunCrlsError::ClockWentBack { .. }) => {
                assert!(self.off.is_negative());
                return;
            }
            Err(error) => panic!("{error}"),
        };
        let mut failed = false;
        for run in &round.runs {
            match &run.outcome {
                CrlOutcome::Built { .. } => self.take(run.owed.generation),
                CrlOutcome::PassedOver => assert_eq!(run.owed.name, "Offline"),
                CrlOutcome::NotDue => {}
                CrlOutcome::Failed(error) => {
                    assert!(self.locked || self.disk_fails, "{}: {error}", run.owed.name);
                    failed = true;
                }
                CrlOutcome::OutOfTime => panic!("{} ran out of time", run.owed.name),
            }
        }
        // Tried again now and then, without hope until something happens; the window is looked at when it does.
        let retry = failed.then(|| self.time + Duration::hours(24));
        self.next = [round.next.map(|next| next - self.off), retry].into_iter().flatten().min();
    }

    /// Holds a CRL that was just built against the model.
    fn take(&mut self, generation: GenerationId) {
        let crl = self.session.registry().read(|tx| {
            let row = tx.newest_crl(generation, CrlKind::Base, WHOLE)?.expect("just built");
            let mut bytes = Vec::new();
            tx.crl_der(row.id, |piece| {
                bytes.extend_from_slice(piece);
                Ok::<_, RegistryError>(())
            })?;
            Ok::<_, RegistryError>(Crl::from_vec(bytes).expect("a CRL"))
        });
        let crl = crl.expect("read");
        let serials: BTreeSet<Vec<u8>> = crl.entries().map(|entry| entry.expect("an entry").serial_octets().to_vec()).collect();
        let issued = Issued {
            at: self.time,
            number: crl.number().expect("a number").as_u64().expect("small"),
            this_update: crl.this_update(),
            next_update: crl.next_update().expect("an end"),
            serials,
        };
        let before = self.issued.entry(generation).or_default();
        assert!(before.last().is_none_or(|last| last.number < issued.number), "numbers rise");
        for one in self.known.iter().filter(|one| one.generation == generation && one.revoked) {
            // RFC 5280 3.3: an entry must not be removed until it appears on one regularly scheduled CRL issued beyond the certificate's validity.
            let done = before
                .iter()
                .any(|crl| crl.this_update > one.not_after && crl.this_update <= issued.this_update && crl.serials.contains(&one.serial));
            assert!(done || issued.serials.contains(&one.serial), "{} is missing from CRL {} at {}", one.name, issued.number, self.time);
        }
        let revoked: BTreeSet<_> =
            self.known.iter().filter(|one| one.generation == generation && one.revoked).map(|one| one.serial.clone()).collect();
        assert!(issued.serials.is_subset(&revoked), "nothing is listed that was not revoked");
        before.push(issued);
    }

    /// Whether anything could be signed at some time between two moments.
    fn was_able(&self, from: OffsetDateTime, to: OffsetDateTime) -> bool {
        self.able.iter().any(|(start, end)| *start < to && *end > from)
    }
}

#[test]
fn no_crl_lapses_in_a_year_unless_nothing_could_be_signed() {
    let mut year = Year::begin();
    let end = NOW + Duration::days(365);
    let mut events: Vec<(OffsetDateTime, Event, i64)> =
        EVENTS.iter().map(|(day, hour, event)| (NOW + Duration::days(*day) + Duration::hours(*hour), *event, *day)).collect();
    events.extend((0..365).map(|day| (NOW + Duration::days(day) + Duration::minutes(90), Event::Work, day)));
    events.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    loop {
        let upcoming = events.last().map(|(at, ..)| *at);
        match (upcoming, year.next) {
            (event, Some(look)) if event.is_none_or(|event| look <= event) && look < end => {
                year.go_to(look.max(year.time));
                year.look();
            }
            (Some(at), _) => {
                let (_, event, day) = events.pop().expect("there is one");
                year.go_to(at);
                year.happen(event, day);
            }
            (None, _) => break,
        }
    }
    year.go_to(end);
    gone_through(&year, end);

    // The year has seen what it was made for.
    let generations = year.issued.len();
    let (crls, revoked) = (year.issued.values().map(Vec::len).sum::<usize>(), year.known.iter().filter(|one| one.revoked).count());
    assert!(generations == 5 && crls > 200 && revoked > 80, "{generations} keys, {crls} CRLs, {revoked} revocations");
    let ended = year.known.iter().filter(|one| one.revoked && one.not_after < end - Duration::days(30)).count();
    assert!(ended > 40, "{ended} of the revoked ended");
    // The one whose key is elsewhere was passed over each time, and nobody logged it.
    let told = year.sandbox.surface.crl_events(ask(json!({ "authority": "Offline" }))).expect("a history");
    assert!(told.items.is_empty(), "{:?}", told.items);
    let build = year.sandbox.surface.crl_build(ask(json!({ "authority": "Offline" })));
    assert_eq!(sandbox::refusal(build), ErrorCode::KeyElsewhere);

    let Year { sandbox, session, .. } = year;
    drop(session);
    sandbox.close();
    let file = sandbox.text("acme.chancery");
    sqlite(&file, "DROP TRIGGER disk");
    sandbox.surface.registry_open(ask(json!({ "path": file }))).expect("opened");
    let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked");
    assert!(check.ok, "{:?}", check.findings);
}

/// Looks for a moment at which the newest CRL of a key had ended although another could have been signed in its last third.
fn gone_through(year: &Year, end: OffsetDateTime) {
    let mut lapses = 0;
    for (generation, crls) in &year.issued {
        let last_end = year.known.iter().filter(|one| one.generation == *generation).map(|one| one.not_after).max();
        let current = year.session.registry().read(|tx| tx.generation(*generation)).expect("read").expect("there").generation.current;
        for (at, crl) in crls.iter().enumerate() {
            // One dated by a wrong clock has a life of its own; it is replaced as soon as the clock is right.
            let right = (crl.this_update - crl.at).abs() < Duration::MINUTE;
            let superseded = crls.get(at + 1).map_or(end, |next| next.at);
            // Of an earlier key none is owed once everything that it has signed has ended.
            let owed = if current { end } else { last_end.unwrap_or(end) };
            if !right || crl.next_update >= superseded.min(owed) {
                continue;
            }
            lapses += 1;
            let renewal = crl.this_update + (crl.next_update - crl.this_update) * 2 / 3;
            assert!(
                !year.was_able(renewal, crl.next_update),
                "CRL {} of {generation} ended at {} although it could have been followed from {renewal} on",
                crl.number,
                crl.next_update
            );
        }
        let wrong = crls.iter().position(|crl| crl.this_update - crl.at > Duration::MINUTE);
        if let Some(wrong) = wrong {
            let next = crls.get(wrong + 1).expect("it was replaced");
            assert!(next.at - crls[wrong].at < Duration::hours(6), "a CRL from the future is replaced once the clock is right");
        }
    }
    assert!(lapses > 3, "some could not be helped: {lapses}");
}
