//! The schema's versions: numbered SQL, up and down, embedded in the binary. The version is SQLite's `user_version`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use rusqlite::{Connection, TransactionBehavior};
use rusqlite_migration::Migrations;
use time::OffsetDateTime;

use super::cell::Bound;
use super::connection::Access;
use super::error::OpenError;
use super::ids::RegistryId;
use super::{Disk, Read, Registry, RegistryError, Write, backup, connection};
use crate::audit::{Actor, AuditEvent};
use crate::in_use::InUse;

static FOLDER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../../migrations");

static MIGRATIONS: LazyLock<Result<Migrations<'static>, String>> =
    LazyLock::new(|| Migrations::from_directory(&FOLDER).map_err(|error| error.to_string()));

/// A change of schema that a registry has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// The version before; 0 for a new file.
    pub from: u32,
    /// The version after.
    pub to: u32,
    /// When.
    pub at: OffsetDateTime,
    /// The program and its version.
    pub program: String,
}

/// The newest schema that this program knows.
#[must_use]
pub fn known_schema() -> u32 {
    u32::try_from(FOLDER.dirs().count()).unwrap_or(u32::MAX)
}

/// The schema of a file.
pub(super) fn schema_of(connection: &Connection) -> Result<u32, RegistryError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    u32::try_from(version).map_err(|_| RegistryError::Damaged { detail: format!("user_version is {version}") })
}

/// The statements that lead from the version before `version` to it (`up.sql`) or back (`down.sql`).
fn statements(version: u32, file: &str) -> Result<&'static str, RegistryError> {
    let beginning = format!("{version:04}-");
    let folder = FOLDER.dirs().find(|folder| folder.path().to_str().is_some_and(|name| name.starts_with(&beginning)));
    let found = folder.and_then(|folder| folder.files().find(|found| found.path().ends_with(file)));
    let text = found.and_then(include_dir::File::contents_utf8);
    text.ok_or_else(|| RegistryError::Statement { detail: format!("schema {version} has no {file}") })
}

/// Runs the statements that lead from one version to another, up or down.
fn run_statements(connection: &Connection, from: u32, to: u32) -> Result<(), RegistryError> {
    for version in from + 1..=to {
        connection.execute_batch(statements(version, "up.sql")?)?;
    }
    for version in (to + 1..=from).rev() {
        connection.execute_batch(statements(version, "down.sql")?)?;
    }
    Ok(connection.pragma_update(None, "user_version", to)?)
}

/// Brings a file to a version, up or down, in one transaction, and writes that into its history and its log (unless nothing is left to write it to). The
/// row of the log is sealed when the keys are unlocked next.
pub(super) fn migrate(connection: &mut Connection, to: u32, actor: &Actor, now: OffsetDateTime) -> Result<(), RegistryError> {
    // Nothing is begun with a folder that is not whole.
    MIGRATIONS.as_ref().map_err(|detail| RegistryError::Statement { detail: detail.clone() })?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = schema_of(&transaction)?;
    run_statements(&transaction, from, to)?;
    if to > 0 {
        let program = concat!("chancery ", env!("CARGO_PKG_VERSION"));
        transaction.execute(
            "INSERT INTO schema_history (from_version, to_version, at, program) VALUES (?1, ?2, ?3, ?4)",
            (from, to, Bound(&now), program),
        )?;
    }
    // A file that is being made has its first row from whoever makes it.
    if from > 0 && to > 0 && from != to {
        let write = Write::new(&transaction);
        let id = write.row("meta", "SELECT registry FROM meta WHERE only = 1", &[], |cells| cells.get::<RegistryId>("registry"))?;
        write.append_audit(&AuditEvent {
            at: now,
            actor: actor.clone(),
            action: "registry.migrated".to_owned(),
            subject: id.map(|id| id.to_string()).unwrap_or_default(),
            detail: serde_json::json!({ "from": from, "to": to }),
            why: None,
        })?;
    }
    transaction.commit()?;
    Ok(())
}

/// A change of schema that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The version before.
    pub from: u32,
    /// The version now.
    pub to: u32,
    /// The copy that was made before, unless nothing had to be changed.
    pub copy: Option<PathBuf>,
}

/// Where the copy goes that is made before a change of schema: `NAME.schema-N`, with a number behind it when that is there already. What an earlier
/// change left lacks everything since, so it never stands for the copy of this one.
fn copy_path(path: &Path, version: u32) -> PathBuf {
    let named = |ending: &str| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".schema-{version}{ending}"));
        path.with_file_name(name)
    };
    let first = named("");
    if first.symlink_metadata().is_err() {
        return first;
    }
    (2_u32..).map(|nth| named(&format!(".{nth}"))).find(|copy| copy.symlink_metadata().is_err()).unwrap_or(first)
}

/// Copies the file beside itself, verified, and then migrates it.
pub(super) fn migrate_with_copy(
    path: &Path,
    writer: &mut Connection,
    to: u32,
    actor: &Actor,
    now: OffsetDateTime,
) -> Result<Migrated, OpenError> {
    let from = schema_of(writer).map_err(|error| OpenError::at(path, error))?;
    if from == to {
        return Ok(Migrated { from, to, copy: None });
    }
    // A file without a schema has nothing to keep.
    let copy = (from > 0).then(|| copy_path(path, from));
    if let Some(copy) = &copy {
        backup::copy(writer, copy, &[])?;
    }
    migrate(writer, to, actor, now).map_err(|error| OpenError::at(path, error))?;
    Ok(Migrated { from, to, copy })
}

impl Registry {
    /// The schema of the file at `path`, which is not opened for work: an older one stays as it is, and a newer one can be told.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn schema_at(path: &Path) -> Result<u32, OpenError> {
        let _in_use = InUse::after(path, super::open::recognise)?;
        let (reader, _) = super::open::browsable(path).map_err(|error| OpenError::at(path, error))?;
        schema_of(&reader).map_err(|error| OpenError::at(path, error))
    }

    /// Brings the file at `path` to a schema version, up or down, after copying it to `NAME.schema-N` beside it. No program may have it open.
    ///
    /// # Errors
    /// [`OpenError`]; `Newer` for a version that this program does not know, `ReadOnly` when file or folder cannot be written.
    pub fn migrate(path: &Path, disk: Disk, to: u32, actor: &Actor, now: OffsetDateTime) -> Result<Migrated, OpenError> {
        if to > known_schema() {
            return Err(OpenError::Newer { found: to, known: known_schema() });
        }
        let _in_use = InUse::after(path, super::open::recognise)?;
        if let Some(share) = disk.refused() {
            return Err(OpenError::OnShare { path: path.to_owned(), share });
        }
        if !super::open::writable(path) {
            return Err(OpenError::ReadOnly { path: path.to_owned() });
        }
        let access = if disk.share.is_some() { Access::OnShare } else { Access::ReadWrite };
        let mut writer = connection::writer(path, access).map_err(|error| OpenError::at(path, error.into()))?;
        let found = schema_of(&writer).map_err(|error| OpenError::at(path, error))?;
        if found > known_schema() {
            return Err(OpenError::Newer { found, known: known_schema() });
        }
        migrate_with_copy(path, &mut writer, to, actor, now)
    }
}

/// What the schema of a version consists of: names, and the statements that make them.
fn schema_parts(connection: &Connection) -> Result<BTreeMap<String, String>, RegistryError> {
    let sql = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'certificate_words_*'";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut parts = BTreeMap::new();
    while let Some(row) = rows.next()? {
        parts.insert(row.get(0)?, row.get(1)?);
    }
    Ok(parts)
}

/// The schema as this program makes it.
fn known_parts() -> Result<BTreeMap<String, String>, RegistryError> {
    let connection = Connection::open_in_memory()?;
    run_statements(&connection, 0, known_schema())?;
    schema_parts(&connection)
}

impl Write<'_> {
    /// Brings back indexes and triggers that are gone; says how many.
    pub(super) fn restore_schema_parts(&self) -> Result<usize, RegistryError> {
        let found = schema_parts(self.connection)?;
        let missing = |name: &String| !found.contains_key(name) && (name.starts_with("index ") || name.starts_with("trigger "));
        let mut restored = 0;
        for (_, sql) in known_parts()?.into_iter().filter(|(name, _)| missing(name)) {
            self.connection.execute_batch(&sql)?;
            restored += 1;
        }
        Ok(restored)
    }
}

impl Read<'_> {
    /// Tables, indexes and triggers that are not as this program makes them: one that is gone lets in what it kept out.
    pub(super) fn schema_differences(&self) -> Result<Vec<String>, RegistryError> {
        let (found, known) = (schema_parts(self.connection)?, known_parts()?);
        let mut differing = Vec::new();
        for (name, sql) in &known {
            match found.get(name) {
                None => differing.push(format!("{name} is gone")),
                Some(other) if other != sql => differing.push(format!("{name} is another")),
                Some(_) => {}
            }
        }
        differing.extend(found.keys().filter(|name| !known.contains_key(*name)).map(|name| format!("{name} was added")));
        Ok(differing)
    }

    /// The schema version of this registry.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn schema(&self) -> Result<u32, RegistryError> {
        schema_of(self.connection)
    }

    /// Every change of schema that this registry has seen, oldest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn history(&self) -> Result<Vec<HistoryRow>, RegistryError> {
        self.rows(
            "schema_history",
            "SELECT sequence, from_version, to_version, at, program FROM schema_history ORDER BY sequence",
            &[],
            |cells| {
                Ok(HistoryRow {
                    from: cells.get("from_version")?,
                    to: cells.get("to_version")?,
                    at: cells.get("at")?,
                    program: cells.get("program")?,
                })
            },
        )
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use std::collections::BTreeMap;

    use pki::Fingerprint;
    use rusqlite::Connection;

    use super::{Actor, FOLDER, MIGRATIONS, known_schema, migrate};

    fn schema(connection: &Connection) -> Vec<(String, String)> {
        let mut statement = connection.prepare("SELECT name, coalesce(sql, '') FROM sqlite_master ORDER BY name").unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn up_down_and_up_again_give_the_same_schema() {
        let mut connection = Connection::open_in_memory().unwrap();
        let now = time::OffsetDateTime::UNIX_EPOCH;
        let actor = Actor { user: "anna".to_owned(), host: "h".to_owned(), program: "chancery".to_owned() };
        migrate(&mut connection, known_schema(), &actor, now).unwrap();
        let first = schema(&connection);
        assert!(first.iter().any(|(name, _)| name == "certificates"));
        migrate(&mut connection, 0, &actor, now).unwrap();
        assert_eq!(schema(&connection), vec![]);
        migrate(&mut connection, known_schema(), &actor, now).unwrap();
        assert_eq!(schema(&connection), first);
    }

    #[test]
    fn the_folder_is_read_whole() {
        MIGRATIONS.as_ref().unwrap().validate().unwrap();
    }

    /// A landed migration is frozen: `checksums.txt` has a line "SHA-256  path" for each file, and no file without one.
    #[test]
    fn landed_migrations_are_unchanged() {
        let listed: BTreeMap<String, String> = FOLDER
            .get_file("checksums.txt")
            .unwrap()
            .contents_utf8()
            .unwrap()
            .lines()
            .map(|line| {
                let (sum, path) = line.split_once("  ").unwrap();
                (path.to_owned(), sum.to_owned())
            })
            .collect();
        let found: BTreeMap<String, String> = FOLDER
            .dirs()
            .flat_map(include_dir::Dir::files)
            .map(|file| (file.path().to_str().unwrap().to_owned(), Fingerprint::of(file.contents()).to_string()))
            .collect();
        assert_eq!(found, listed);
    }
}
