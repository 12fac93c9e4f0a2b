//! Any history: what a delta says, applied to its base, is what the next base says; every list holds what an independent model of RFC 5280 3.3 holds; and
//! every past list is put together again byte for byte.

use std::collections::BTreeMap;

use pki::RevocationReason;
use pki::crl::{Crl, CrlEntry};
use pki::encoding::{Object, recognise};
use serde_json::json;
use suite::{NOW, Sandbox, ask};
use time::{Duration, OffsetDateTime};

/// Numbers that are the same for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(sides).expect("small")).expect("small")
    }
}

/// What the model knows of a certificate.
struct Leaf {
    id: String,
    name: String,
    serial: String,
    generation: u32,
    not_after: OffsetDateTime,
    /// The place of its list.
    url: String,
    reason: Option<&'static str>,
    /// A base after its end has listed it.
    seen_out: bool,
}

type Entries = BTreeMap<String, Vec<u8>>;
/// A list by key, scope and number.
type Place = (u32, String, u64);

struct History {
    sandbox: Sandbox,
    dice: Dice,
    now: OffsetDateTime,
    generation: u32,
    leaves: Vec<Leaf>,
    /// What a relying party has that has all up to this number.
    states: BTreeMap<Place, Entries>,
    /// Every list as it was issued; whether it is a delta.
    issued: BTreeMap<(Place, bool), Vec<u8>>,
}

fn entries(crl: &Crl) -> Vec<CrlEntry<'_>> {
    crl.entries().map(|entry| entry.expect("an entry")).collect()
}

fn serial(entry: &CrlEntry<'_>) -> String {
    entry.serial().expect("a serial").to_string()
}

fn applied(state: &Entries, delta: &Crl) -> Entries {
    let mut state = state.clone();
    for entry in entries(delta) {
        match entry.reason() {
            Some(RevocationReason::RemoveFromCrl) => drop(state.remove(&serial(&entry))),
            _ => drop(state.insert(serial(&entry), entry.der().to_vec())),
        }
    }
    state
}

impl History {
    fn new(seed: u64) -> Self {
        let sandbox = Sandbox::at_work();
        sandbox.surface.authority_set(ask(json!({ "authority": "Issuing", "delta": true }))).expect("deltas");
        Self { sandbox, dice: Dice(seed), now: NOW, generation: 1, leaves: Vec::new(), states: BTreeMap::new(), issued: BTreeMap::new() }
    }

    fn step(&mut self) {
        match self.dice.below(16) {
            0..=3 => self.issue(),
            4 | 5 => self.revoke(&["keyCompromise", "superseded", "cessationOfOperation"]),
            6 | 7 => self.revoke(&["certificateHold"]),
            8 | 9 => self.release(),
            10 => self.wait(),
            11 | 12 => self.build(false),
            13 | 14 => self.build(true),
            _ => match self.dice.below(4) {
                0 => self.rekey(),
                _ => self.partition(),
            },
        }
    }

    fn issue(&mut self) {
        let name = format!("host{}.example.test", self.leaves.len());
        let days = 1 + self.dice.below(6);
        let until = (self.now + Duration::days(i64::try_from(days).expect("small"))).format(&time::format_description::well_known::Rfc3339);
        let draft = json!({ "authority": "Issuing", "names": [name], "notAfter": until.expect("a time") });
        let view = self.sandbox.issue_as(draft, "hosts").certificate;
        let file = std::fs::read(self.sandbox.path(&format!("hosts/{name}.crt"))).expect("a file");
        let Ok(Object::Certificate(certificate)) = recognise(&file, &[]).found.remove(0).object else { panic!("no certificate") };
        self.leaves.push(Leaf {
            id: view.id,
            name: view.name,
            serial: view.serial,
            generation: self.generation,
            not_after: certificate.validity().not_after(),
            url: certificate.addresses().crl_urls.remove(0),
            reason: None,
            seen_out: false,
        });
    }

    /// One of those that `fits`.
    fn pick(&mut self, fits: impl Fn(&Leaf) -> bool) -> Option<usize> {
        let all: Vec<usize> = (0..self.leaves.len()).filter(|at| fits(&self.leaves[*at])).collect();
        (!all.is_empty()).then(|| all[self.dice.below(all.len())])
    }

    fn revoke(&mut self, reasons: &[&'static str]) {
        let hold = reasons == ["certificateHold"];
        let fits = |leaf: &Leaf| leaf.reason.is_none() || (!hold && leaf.reason == Some("certificateHold"));
        let Some(at) = self.pick(fits) else { return };
        let reason = reasons[self.dice.below(reasons.len())];
        let leaf = &mut self.leaves[at];
        self.sandbox.revoke(&leaf.id, &leaf.name, reason);
        // A hold that was seen out and then sharpened is listed once more: another entry.
        (leaf.reason, leaf.seen_out) = (Some(reason), false);
    }

    fn release(&mut self) {
        let Some(at) = self.pick(|leaf| leaf.reason == Some("certificateHold")) else { return };
        let leaf = &mut self.leaves[at];
        self.sandbox.surface.certificate_release(ask(json!({ "certificates": [leaf.id] }))).expect("released");
        (leaf.reason, leaf.seen_out) = (None, false);
    }

    fn wait(&mut self) {
        self.now += Duration::hours(i64::try_from(6 + self.dice.below(60)).expect("small"));
        self.sandbox.clock.set(self.now);
    }

    fn rekey(&mut self) {
        let renewal = json!({ "renewal": { "authority": "Issuing", "newKey": true } });
        self.sandbox.surface.authority_renew(ask(renewal)).expect("a new key");
        self.generation += 1;
    }

    fn partition(&mut self) {
        let count = [0, 2, 3][self.dice.below(3)];
        self.sandbox.surface.authority_set(ask(json!({ "authority": "Issuing", "partitions": count }))).expect("partitions");
    }

    fn build(&mut self, delta: bool) {
        for generation in 1..=self.generation {
            let request = json!({ "authority": "Issuing", "generation": generation, "delta": delta });
            match self.sandbox.surface.crl_build(ask(request)) {
                Ok(_) => self.look(generation, delta),
                Err(error) => assert!(delta && error.code == api::ErrorCode::CrlNotFound, "{error:?}"),
            }
        }
    }

    /// The list of a scope with this number, as it is written out.
    fn export(&self, generation: u32, scope: &str, number: u64, delta: bool) -> Vec<u8> {
        let folder = self.sandbox.path(&format!("lists-{}", self.issued.len()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let whole = folder.join("whole.der");
        let request = json!({
            "authority": "Issuing", "generation": generation, "number": number.to_string(), "delta": delta, "out": whole, "overwrite": true,
        });
        self.sandbox.surface.crl_export(ask(request)).unwrap_or_else(|error| panic!("{generation} {number} {delta}: {error:?}"));
        let name = scope.rsplit('/').next().unwrap_or_default();
        let name = if delta { name.replace(".crl", "-delta.crl") } else { name.to_owned() };
        let file = if scope.is_empty() { whole } else { folder.join(name) };
        std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    /// Compares the lists of the newest run with the model and with each other.
    fn look(&mut self, generation: u32, only_deltas: bool) {
        let list = self.sandbox.surface.crl_list(ask(json!({ "authority": "Issuing", "generation": generation }))).expect("a list");
        let newest = serde_json::to_value(&list.items[0].number).expect("JSON").as_u64().expect("small");
        let run: Vec<_> = list.items.iter().filter(|item| serde_json::to_value(&item.number).expect("JSON") == newest).collect();
        let scopes: Vec<String> = run.iter().map(|item| item.scope.clone().unwrap_or_default()).collect();
        // A base comes with the delta that leads to it.
        for item in run.iter().filter(|item| item.delta_of.is_none()).chain(run.iter().filter(|item| item.delta_of.is_some())) {
            let (scope, delta) = (item.scope.clone().unwrap_or_default(), item.delta_of.is_some());
            let bytes = self.export(generation, &scope, newest, delta);
            let crl = Crl::from_vec(bytes.clone()).expect("a CRL");
            let place = (generation, scope.clone(), newest);
            assert_eq!(crl.idp_urls(), if scope.is_empty() { Vec::new() } else { vec![scope.clone()] });
            self.issued.insert((place.clone(), delta), bytes);
            let state = if delta {
                let base = crl.base_number().and_then(pki::CrlNumber::as_u64).expect("a base");
                let found = (generation, scope.clone(), base)..(generation, scope.clone(), newest);
                let mut ends: Vec<Entries> = self.states.range(found).map(|(_, state)| applied(state, &crl)).collect();
                // With the very first base comes one that leads nowhere.
                ends.extend((base == newest).then(|| applied(&self.states[&place], &crl)));
                let end = ends.pop().expect("a state to start from");
                assert!(ends.iter().all(|other| *other == end), "from wherever one starts, one arrives at the same");
                if let Some(base) = self.states.get(&place) {
                    assert_eq!(&end, base, "delta {newest} of key {generation}, {scope:?}, leads to the base of its number");
                }
                end
            } else {
                entries(&crl).iter().map(|entry| (serial(entry), entry.der().to_vec())).collect()
            };
            let mut expected: Vec<&str> = self
                .leaves
                .iter()
                .filter(|leaf| leaf.generation == generation && leaf.reason.is_some() && !leaf.seen_out)
                .filter(|leaf| scope.is_empty() || leaf.url == scope)
                .map(|leaf| leaf.serial.as_str())
                .collect();
            expected.sort_unstable();
            assert_eq!(state.keys().collect::<Vec<_>>(), expected, "list {newest} of key {generation}, {scope:?}, delta: {delta}");
            self.states.insert(place, state);
        }
        assert!(scopes.iter().any(String::is_empty));
        if !only_deltas {
            let now = self.now;
            let ended = |leaf: &&mut Leaf| leaf.generation == generation && leaf.reason.is_some() && leaf.not_after < now;
            self.leaves.iter_mut().filter(ended).for_each(|leaf| leaf.seen_out = true);
        }
    }

    fn end(self) {
        for ((place, delta), bytes) in &self.issued {
            assert_eq!(&self.export(place.0, &place.1, place.2, *delta), bytes, "{place:?}, delta: {delta}");
        }
        let report = self.sandbox.surface.registry_check(ask(json!({}))).expect("checked");
        assert!(report.ok, "{report:?}");
    }
}

#[test]
fn base_and_delta_give_the_next_base_and_every_past_list_comes_back() {
    let (mut deltas, mut removed, mut parts) = (0, 0, 0);
    for seed in 1..=6 {
        let mut history = History::new(seed);
        for _ in 0..60 {
            history.step();
        }
        history.build(false);
        for ((place, delta), bytes) in &history.issued {
            let crl = Crl::from_vec(bytes.clone()).expect("a CRL");
            deltas += usize::from(*delta);
            parts += usize::from(!place.1.is_empty() && crl.entry_count() > 0);
            removed += entries(&crl).iter().filter(|entry| entry.reason() == Some(RevocationReason::RemoveFromCrl)).count();
        }
        history.end();
    }
    assert!(deltas > 20 && removed > 20 && parts > 10, "{deltas} deltas, {removed} removed, {parts} parts: histories that say nothing");
}
