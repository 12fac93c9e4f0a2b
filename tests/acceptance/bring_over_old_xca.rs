//! Databases of older XCAs, and keys with passwords of their own: made of a real one by what OpenSSL and SQLite's shell write.

use std::fs;

use api::ErrorCode;
use serde_json::json;
use suite::data::data;
use suite::judges::openssl::openssl;
use suite::judges::sqlite::sqlite;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

const PASSWORD: &str = "Tr0ub4dor";

/// A copy of the database, and where to work beside it.
struct Database<'a> {
    sandbox: &'a Sandbox,
    path: String,
}

impl<'a> Database<'a> {
    fn copied(sandbox: &'a Sandbox, name: &str) -> Self {
        let path = sandbox.text(name);
        fs::copy(data("xca/acme.xdb"), &path).expect("copied");
        Self { sandbox, path }
    }

    fn run(&self, statements: &str) -> Vec<String> {
        sqlite(&self.path, statements).lines().map(str::to_owned).collect()
    }

    /// The numbers of the keys.
    fn keys(&self) -> Vec<String> {
        self.run("SELECT item FROM private_keys ORDER BY item")
    }

    /// The encrypted key as it stands, in a file.
    fn encrypted(&self, item: &str) -> String {
        let base64 = self.run(&format!("SELECT private FROM private_keys WHERE item = {item}")).concat();
        let text = self.sandbox.write(&format!("{item}.b64"), &base64);
        let der = self.sandbox.text(&format!("{item}.p8"));
        openssl(&["base64", "-d", "-A", "-in", &text, "-out", &der]).assert_accepted();
        der
    }

    fn put(&self, item: &str, own_password: bool, octets: &str) {
        let base64 = openssl(&["base64", "-A", "-in", octets]).assert_accepted();
        let own = u8::from(own_password);
        self.run(&format!("UPDATE private_keys SET ownPass = {own}, private = '{}' WHERE item = {item}", base64.trim()));
    }

    /// Keeps a key as XCA did before release 2.0: eight octets that are vector and salt, then 3DES over the traditional form.
    fn keep_as_before_2(&self, item: &str) {
        let (plain, closed) = (self.sandbox.text(&format!("{item}.der")), self.sandbox.text(&format!("{item}.3des")));
        let password = format!("pass:{PASSWORD}");
        let encrypted = self.encrypted(item);
        openssl(&["pkey", "-inform", "DER", "-in", &encrypted, "-passin", &password, "-traditional", "-outform", "DER", "-out", &plain])
            .assert_accepted();
        let salt = format!("{item:0>16}");
        let said = openssl(&["enc", "-des-ede3-cbc", "-md", "sha1", "-S", &salt, "-k", PASSWORD, "-P"]).assert_accepted();
        let key = said.lines().find_map(|line| line.strip_prefix("key=")).expect("a key").to_owned();
        openssl(&["enc", "-des-ede3-cbc", "-K", &key, "-iv", &salt, "-in", &plain, "-out", &closed]).assert_accepted();
        let octets = [hex::decode(&salt).expect("hex"), fs::read(&closed).expect("a file")].concat();
        self.put(item, false, &self.sandbox.write(&format!("{item}.old"), octets));
    }

    /// Gives a key a password of its own.
    fn give_own_password(&self, item: &str, password: &str) {
        let (encrypted, own) = (self.encrypted(item), self.sandbox.text(&format!("{item}.own")));
        let (before, after) = (format!("pass:{PASSWORD}"), format!("pass:{password}"));
        let plain = self.sandbox.text(&format!("{item}.pem"));
        openssl(&["pkey", "-inform", "DER", "-in", &encrypted, "-passin", &before, "-out", &plain]).assert_accepted();
        let pkcs8 = ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", &plain, "-passout", &after, "-outform", "DER", "-out", &own];
        openssl(&pkcs8).assert_accepted();
        self.put(item, true, &own);
    }

    fn schema(&self, number: u8) {
        self.run(&format!("UPDATE settings SET value = '{number}' WHERE key_ = 'schema'"));
        // Before schema 7 nothing stayed of what was deleted.
        let views = self.run("SELECT name FROM sqlite_master WHERE type = 'view'");
        views.iter().for_each(|view| drop(self.run(&format!("DROP VIEW {view}"))));
        self.run("ALTER TABLE items DROP COLUMN del");
    }

    /// Keeps what a password is checked by as `salt` and the digest of salt and password.
    fn password_hash(&self, salt: &str, digest: &str) {
        let salted = self.sandbox.write("salted", format!("{salt}{PASSWORD}"));
        let said = openssl(&["dgst", digest, "-r", &salted]).assert_accepted();
        let hash = said.split_whitespace().next().expect("a digest").to_uppercase();
        self.run(&format!("UPDATE settings SET value = '{salt}{hash}' WHERE key_ = 'pwhash'"));
    }
}

#[test]
fn keys_and_settings_of_every_older_schema_come_over() {
    for schema in 1..=6 {
        let sandbox = Sandbox::with_keyring();
        let database = Database::copied(&sandbox, "old.xdb");
        database.keys().iter().for_each(|item| database.keep_as_before_2(item));
        database.schema(schema);
        match schema {
            1 => database.password_hash("", "-md5"),
            2 => database.password_hash("S09af", "-sha512"),
            // Then only the keys themselves tell whether a password is right.
            3 => drop(database.run("DELETE FROM settings WHERE key_ = 'pwhash'")),
            _ => {}
        }
        let wrong = json!({ "paths": [database.path], "passwords": ["not it"] });
        assert_eq!(refusal(sandbox.surface.import_run(ask(wrong))), ErrorCode::PasswordWanted, "schema {schema}");
        assert_eq!(sandbox.count(), 0);
        let request = json!({ "paths": [database.path], "passwords": ["not it", PASSWORD], "whole": true });
        let report = sandbox.surface.import_run(ask(request)).unwrap_or_else(|error| panic!("schema {schema}: {error:?}"));
        let taken = &report.taken;
        let counts = [taken.certificates, taken.keys, taken.requests, taken.revocations, taken.crls, taken.profiles];
        assert_eq!((counts, report.refused.len()), ([11, 4, 1, 4, 1, 3], 0), "schema {schema}: {report:?}");
        for authority in sandbox.surface.authority_list(ask(json!({}))).expect("a list").items {
            assert_eq!(authority.key_state, "ready", "schema {schema}: {}", authority.name);
        }
    }
}

#[test]
fn a_key_with_a_password_of_its_own_is_asked_for_by_name() {
    let sandbox = Sandbox::with_keyring();
    let database = Database::copied(&sandbox, "own.xdb");
    let item = database.keys().remove(0);
    database.give_own_password(&item, "its own");
    let name = database.run(&format!("SELECT name FROM items WHERE id = {item}")).concat();
    let plan = |passwords: &[&str]| {
        let plan = sandbox.surface.import_plan(ask(json!({ "paths": [database.path], "passwords": passwords }))).expect("a plan");
        plan.locked.into_iter().map(|locked| (locked.object, locked.tried)).collect::<Vec<_>>()
    };
    let of_database = || "database password".to_owned();
    assert_eq!(plan(&[]), [(name.clone(), false), (of_database(), false)]);
    assert_eq!(plan(&[PASSWORD]), [(name.clone(), true)]);
    assert_eq!(plan(&["its own"]), [(of_database(), true)]);
    let run = |passwords: &[&str]| sandbox.surface.import_run(ask(json!({ "paths": [database.path], "passwords": passwords })));
    assert_eq!((refusal(run(&[PASSWORD])), sandbox.count()), (ErrorCode::PasswordWanted, 0));
    let report = run(&[PASSWORD, "its own"]).expect("taken");
    assert_eq!((report.taken.certificates, report.taken.keys), (11, 4), "{report:?}");
}
