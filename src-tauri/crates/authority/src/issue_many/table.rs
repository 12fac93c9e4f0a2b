//! The table: read, then every row checked as far as it can be without making its key.

use std::collections::{BTreeSet, HashMap};
use std::io::Read as _;
use std::num::NonZero;
use std::path::Path;

use pki::encoding::Object;
use pki::issuance::{PrepareError, try_out};
use pki::request::SigningRequest;
use pki::{DistinguishedName, Fingerprint, GeneralName, KeySpec, Lifetime, Profile};

use super::{IssueManyError, MOST_ROWS, ManyWish, Problem, Ready, Table, TableRow, Trouble};
use crate::file_name;
use crate::import::{Gathered, Given, ImportError, ImportWish, LARGEST_FILE, gather, refusal_of};
use crate::in_use::open_to_read;
use crate::issue::{CertificateWish, IssueError, KeyWish, stand_in_key};
use crate::issuer::IssuingAuthority;
use crate::registry::Read;
use crate::session::Session;
use crate::watch::Unwatched;
use crate::{renew, request_inbox};

/// The columns of a CSV file, in any order; `subject` or `names` must be there.
const COLUMNS: [&str; 6] = ["subject", "names", "profile", "key", "days", "tags"];
/// Separates names, and tags, within a cell.
const SEPARATOR: char = '|';
/// The longest tag, in characters.
const LONGEST_TAG: usize = 64;

/// What could be read of a row: what is wished for, and the tags.
type Readable = Option<(CertificateWish, Vec<String>)>;

/// A row on its way: what was given, and what could be read of it.
pub(super) struct Draft {
    row: TableRow,
    request: Option<SigningRequest>,
}

/// The rows as they were given.
pub(super) struct Rows {
    sha256: Fingerprint,
    pub(super) drafts: Vec<Draft>,
    skipped: Vec<String>,
}

fn no_table(code: &'static str, problem: impl Into<String>) -> IssueManyError {
    IssueManyError::NoTable { code, problem: problem.into() }
}

fn cell(column: &'static str, code: &'static str, text: &str, cause: impl ToString) -> Problem {
    Problem { column, trouble: Trouble::Cell { code, text: text.to_owned(), cause: cause.to_string() } }
}

fn read_csv(path: &Path) -> Result<Rows, IssueManyError> {
    let unreadable = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => ImportError::NotFound { path: path.to_owned() },
        _ => ImportError::Unreadable { path: path.to_owned(), source },
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > LARGEST_FILE {
        return Err(no_table("too-many-rows", format!("the file is larger than {LARGEST_FILE} bytes")));
    }
    let mut bytes = Vec::new();
    open_to_read(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(unreadable)?;
    parse_csv(&bytes)
}

/// Reads the text of a CSV file (RFC 4180); a spreadsheet's byte order mark and semicolons are taken as they come.
pub(super) fn parse_csv(bytes: &[u8]) -> Result<Rows, IssueManyError> {
    let sha256 = Fingerprint::of(bytes);
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let header = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if header.contains(&b';') && !header.contains(&b',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(text);
    let header = reader.byte_headers().map_err(|error| no_table("not-utf8", error.to_string()))?.clone();
    let mut places = HashMap::new();
    for (place, name) in header.iter().enumerate() {
        let name = String::from_utf8_lossy(name).trim().to_lowercase();
        let Some(known) = COLUMNS.iter().find(|known| **known == name) else { return Err(no_table("unknown-column", name)) };
        if places.insert(*known, place).is_some() {
            return Err(no_table("twice-column", name));
        }
    }
    if !places.contains_key("subject") && !places.contains_key("names") {
        return Err(no_table("no-columns", "neither subject nor names"));
    }
    let mut drafts = Vec::new();
    let mut seen: HashMap<Vec<Vec<u8>>, u32> = HashMap::new();
    for record in reader.byte_records() {
        let record = record.map_err(|error| no_table("not-utf8", error.to_string()))?;
        if drafts.len() == MOST_ROWS {
            return Err(no_table("too-many-rows", format!("more than {MOST_ROWS} rows")));
        }
        let number = u32::try_from(drafts.len() + 2).unwrap_or(u32::MAX);
        let mut row = TableRow { number, ..TableRow::default() };
        let take = |column: &str, problems: &mut Vec<Problem>| {
            let bytes = places.get(column).and_then(|place| record.get(*place)).unwrap_or_default();
            match std::str::from_utf8(bytes) {
                Ok(text) => text.trim().to_owned(),
                Err(error) => {
                    problems.push(cell(column_name(column), "not-utf8", &String::from_utf8_lossy(bytes), error));
                    String::new()
                }
            }
        };
        let mut problems = Vec::new();
        row.subject = take("subject", &mut problems);
        row.names = take("names", &mut problems);
        row.profile = take("profile", &mut problems);
        row.key = take("key", &mut problems);
        row.days = take("days", &mut problems);
        row.tags = take("tags", &mut problems);
        if record.len() != header.len() {
            problems.push(cell("row", "cell-count", &record.len().to_string(), header.len()));
        }
        let same: Vec<Vec<u8>> = record.iter().map(<[u8]>::to_vec).collect();
        if let Some(first) = seen.get(&same) {
            problems.push(cell("row", "same-row", &number.to_string(), first));
        } else {
            seen.insert(same, number);
        }
        row.problems = problems;
        drafts.push(Draft { row, request: None });
    }
    Ok(Rows { sha256, drafts, skipped: Vec::new() })
}

fn column_name(column: &str) -> &'static str {
    COLUMNS.iter().find(|known| **known == column).copied().unwrap_or("row")
}

fn read_requests(folder: &Path) -> Result<Rows, IssueManyError> {
    let wish = ImportWish { paths: vec![folder.to_owned()], without_keys: true, ..ImportWish::default() };
    let input = gather(&wish, &Unwatched)?;
    let mut given = Rows { sha256: Fingerprint::of(b""), drafts: Vec::new(), skipped: input.skipped };
    let mut digest = Vec::new();
    let mut seen: HashMap<Fingerprint, u32> = HashMap::new();
    for Gathered { path, given: how, object, .. } in input.objects {
        let path = path.to_string();
        let number = u32::try_from(given.drafts.len() + 1).unwrap_or(u32::MAX);
        let mut row = TableRow { number, file: path.clone(), ..TableRow::default() };
        let request = match object {
            Ok(Object::Request(request)) => {
                let fingerprint = Fingerprint::of(request.der());
                digest.extend_from_slice(path.as_bytes());
                digest.extend_from_slice(fingerprint.as_bytes());
                row.subject = request.subject().rfc4514();
                row.names = request.names().iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
                row.key = request.public_key().algorithm().kind();
                match seen.get(&fingerprint) {
                    Some(first) => row.problems.push(cell("file", "same-request", &path, first)),
                    None => drop(seen.insert(fingerprint, number)),
                }
                Some(request)
            }
            Err(unreadable) if how == Given::ByName || unreadable.is_of_a_request() => {
                row.problems.push(Problem { column: "file", trouble: Trouble::Input(refusal_of(&unreadable)) });
                digest.extend_from_slice(path.as_bytes());
                None
            }
            Ok(_) | Err(_) => {
                if !given.skipped.contains(&path) {
                    given.skipped.push(path);
                }
                continue;
            }
        };
        if given.drafts.len() == MOST_ROWS {
            return Err(no_table("too-many-rows", format!("more than {MOST_ROWS} requests")));
        }
        given.drafts.push(Draft { row, request });
    }
    given.sha256 = Fingerprint::of(&digest);
    Ok(given)
}

impl Session {
    /// Reads and checks a table. Makes no key and signs nothing; works while locked.
    ///
    /// # Errors
    /// When the input is no table, or the authority cannot issue. What is wrong with single rows is said with each.
    pub fn check_many(&self, wish: &ManyWish) -> Result<Table, IssueManyError> {
        let given = match &wish.input {
            super::Input::Csv(path) => read_csv(path)?,
            super::Input::Requests(folder) => read_requests(folder)?,
        };
        if given.drafts.is_empty() {
            return Err(no_table("no-rows", "no rows"));
        }
        let now = self.now();
        let issuer = self.registry().read(|tx| self.issuer_in(tx, wish.authority, now))?;
        let mut profiles = Profiles { session: self, known: HashMap::new() };
        profiles.named(&wish.profile)?;
        let mut stems = Stems::default();
        let mut rows = Vec::new();
        for Draft { mut row, request } in given.drafts {
            let readable = row.problems.is_empty();
            let read = if readable { read_row(&mut row, request, wish, &mut profiles)? } else { None };
            row.stem = stems.of(read.as_ref().map(|(wish, _)| wish), row.number);
            rows.push((row, read));
        }
        self.try_out(&mut rows, &issuer)?;
        let mut table = Table { sha256: given.sha256, rows: Vec::new(), skipped: given.skipped, ready: Vec::new() };
        for (row, read) in rows {
            if let Some((wish, tags)) = read.filter(|_| row.problems.is_empty()) {
                table.ready.push(Ready { number: row.number, stem: row.stem.clone(), wish, tags });
            }
            table.rows.push(row);
        }
        Ok(table)
    }

    /// Tries every row out with a key and a signature that stand in, on every core.
    fn try_out(&self, rows: &mut [(TableRow, Readable)], issuer: &IssuingAuthority) -> Result<(), IssueManyError> {
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = rows.len().div_ceil(workers).max(1);
        std::thread::scope(|scope| {
            let threads: Vec<_> = rows
                .chunks_mut(share)
                .map(|share| scope.spawn(move || share.iter_mut().try_for_each(|(row, read)| self.try_row(row, read.as_ref(), issuer))))
                .collect();
            threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Ok(())))
        })
    }

    fn try_row(
        &self,
        row: &mut TableRow,
        read: Option<&(CertificateWish, Vec<String>)>,
        issuer: &IssuingAuthority,
    ) -> Result<(), IssueManyError> {
        let Some((wish, _)) = read else { return Ok(()) };
        let outcome = match &wish.key {
            KeyWish::Request(request) => {
                self.registry().read(|tx: &Read<'_>| renew::check(tx, wish).and_then(|()| request_inbox::check(tx, request)))
            }
            KeyWish::Make(_) | KeyWish::Same(_) => Ok(()),
        };
        let outcome = outcome.and_then(|()| {
            let public = match &wish.key {
                KeyWish::Request(request) => request.public_key(),
                KeyWish::Same(key) => key,
                KeyWish::Make(spec) => stand_in_key(spec.unwrap_or_else(|| wish.profile.keys().default()))?,
            };
            self.with_request(wish, issuer, public, self.now(), try_out)
        });
        match outcome {
            Ok(findings) => {
                let warns = findings.iter().filter(|finding| finding.severity == pki::preflight::Severity::Warning);
                row.warnings =
                    warns.map(|finding| finding.lint).filter(|lint| !wish.accept.iter().any(|accepted| accepted == lint)).collect();
                Ok(())
            }
            Err(IssueError::Registry(error)) => Err(error.into()),
            Err(error) => {
                row.problems.push(Problem { column: column_of(&error), trouble: Trouble::Refused(Box::new(error)) });
                Ok(())
            }
        }
    }
}

/// The column that a refusal is about.
fn column_of(error: &IssueError) -> &'static str {
    match error {
        IssueError::Prepare(error) => match error {
            PrepareError::KeyNotAllowed { .. } => "key",
            PrepareError::Profile { .. } | PrepareError::NameConstraints(_) => "names",
            PrepareError::SubjectMissing | PrepareError::Subject(_) => "subject",
            PrepareError::LongerThanProfile { .. } | PrepareError::OutlivesIssuer { .. } | PrepareError::Validity(_) => "days",
            PrepareError::WrongIssuerForProfile { .. } => "profile",
            _ => "row",
        },
        IssueError::KeyCompromised { .. } => "key",
        IssueError::RequestRejected { .. } => "file",
        _ => "row",
    }
}

/// The profiles that rows name, each looked up once.
struct Profiles<'a> {
    session: &'a Session,
    known: HashMap<String, Profile>,
}

impl Profiles<'_> {
    fn named(&mut self, name: &str) -> Result<Profile, IssueManyError> {
        if let Some(profile) = self.known.get(name) {
            return Ok(profile.clone());
        }
        let profile = self.session.profile(name)?.profile;
        if profile.is_authority() {
            return Err(crate::profiles::ProfilesError::NotFound { name: name.to_owned() }.into());
        }
        self.known.insert(name.to_owned(), profile.clone());
        Ok(profile)
    }
}

/// Reads the cells of a row; each that cannot be read is a problem.
fn read_row(
    row: &mut TableRow,
    request: Option<SigningRequest>,
    wish: &ManyWish,
    profiles: &mut Profiles<'_>,
) -> Result<Readable, IssueManyError> {
    if row.profile.is_empty() {
        row.profile.clone_from(&wish.profile);
    }
    let mut problems = Vec::new();
    let profile = match profiles.named(&row.profile) {
        Ok(profile) => Some(profile),
        Err(IssueManyError::Profile(crate::profiles::ProfilesError::NotFound { .. })) => {
            problems.push(cell("profile", "profile", &row.profile, ""));
            None
        }
        Err(error) => return Err(error),
    };
    let (mut subject, mut names) = (None, Vec::new());
    if request.is_none() {
        if !row.subject.is_empty() {
            match DistinguishedName::parse(&row.subject) {
                Ok(name) => subject = Some(name),
                Err(error) => problems.push(cell("subject", "subject", &row.subject, error)),
            }
        }
        for text in row.names.split(SEPARATOR).map(str::trim).filter(|text| !text.is_empty()) {
            match GeneralName::parse(text) {
                Ok(name) => names.push(name),
                Err(error) => problems.push(cell("names", "name", text, error)),
            }
        }
    }
    let key = match request {
        Some(request) => KeyWish::Request(Box::new(request)),
        None if row.key.is_empty() => KeyWish::Make(None),
        None => match row.key.parse::<KeySpec>() {
            Ok(spec) => KeyWish::Make(Some(spec)),
            Err(_) => {
                let known: Vec<_> = KeySpec::ALL.iter().map(|spec| spec.as_str()).collect();
                problems.push(cell("key", "key", &row.key, known.join(", ")));
                KeyWish::Make(None)
            }
        },
    };
    let lifetime = match row.days.as_str() {
        "" => Lifetime::ProfileDefault,
        text => match text.parse::<u32>() {
            Ok(days) if days > 0 => Lifetime::Days(days),
            _ => {
                problems.push(cell("days", "days", text, ""));
                Lifetime::ProfileDefault
            }
        },
    };
    let mut tags = BTreeSet::new();
    for tag in row.tags.split(SEPARATOR).map(str::trim).filter(|tag| !tag.is_empty()) {
        if tag.chars().count() > LONGEST_TAG || tag.chars().any(char::is_control) {
            problems.push(cell("tags", "tag", tag, LONGEST_TAG));
        } else {
            tags.insert(tag.to_owned());
        }
    }
    row.problems.extend(problems);
    let wish = profile.filter(|_| row.problems.is_empty()).map(|profile| CertificateWish {
        authority: wish.authority,
        profile,
        subject,
        names,
        key,
        lifetime,
        must_staple: false,
        extensions: Vec::new(),
        accept: wish.accept.clone(),
        renews: None,
    });
    Ok(wish.map(|wish| (wish, tags.into_iter().collect())))
}

/// Names for files, each given once: where a name lost something or comes again, the row's number is added.
#[derive(Default)]
struct Stems(BTreeSet<String>);

impl Stems {
    fn of(&mut self, wish: Option<&CertificateWish>, number: u32) -> String {
        let Some(wish) = wish else { return String::new() };
        let (subject, names) = match &wish.key {
            KeyWish::Request(request) => (Some(request.subject()), request.names()),
            KeyWish::Make(_) | KeyWish::Same(_) => (wish.subject.as_ref(), wish.names.as_slice()),
        };
        let name = names.first().map(GeneralName::value).or_else(|| subject.and_then(DistinguishedName::common_name));
        let mut stem = file_name::stem_or(&name.unwrap_or_default(), &format!("row-{number}"));
        // Some file systems do not tell case apart.
        if !self.0.insert(stem.to_lowercase()) {
            stem = format!("{stem}-row-{number}");
            self.0.insert(stem.to_lowercase());
        }
        stem
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail loudly")]
    use super::*;

    fn refused(text: &str) -> &'static str {
        match parse_csv(text.as_bytes()) {
            Err(IssueManyError::NoTable { code, .. }) => code,
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("{text:?} was read"),
        }
    }

    #[test]
    fn a_spreadsheets_csv_is_read_as_it_comes() {
        let given = parse_csv(b"\xef\xbb\xbfNames;Tags ; days\r\n a.example.test|b ; x|y ;30\r\n\"c\nd\";;\r\n").unwrap();
        let rows: Vec<_> = given.drafts.iter().map(|draft| (draft.row.number, draft.row.names.as_str(), draft.row.days.as_str())).collect();
        assert_eq!(rows, [(2, "a.example.test|b", "30"), (3, "c\nd", "")]);
        assert!(given.drafts.iter().all(|draft| draft.row.problems.is_empty()));
    }

    #[test]
    fn a_header_that_is_none_is_refused() {
        assert_eq!(refused("name,days\n"), "unknown-column");
        assert_eq!(refused("names,names\n"), "twice-column");
        assert_eq!(refused("days,key\n1,2\n"), "no-columns");
        assert_eq!(refused("\u{0}\u{1}"), "unknown-column");
    }

    #[test]
    fn rows_that_are_too_short_not_text_or_twice_are_named() {
        let given = parse_csv(b"names,days\na,1\nb\nc,\xff\na,1\n").unwrap();
        let codes: Vec<_> = given
            .drafts
            .iter()
            .map(|draft| {
                draft
                    .row
                    .problems
                    .iter()
                    .map(|problem| match &problem.trouble {
                        Trouble::Cell { code, .. } => (problem.column, *code),
                        other => panic!("{other:?}"),
                    })
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(codes[0], []);
        assert_eq!(codes[1..], [vec![("row", "cell-count")], vec![("days", "not-utf8")], vec![("row", "same-row")]]);
    }
}
