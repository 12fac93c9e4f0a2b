//! What a run did to files, call by call, as `strace` saw it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The calls that change files, and those that tell which file is meant.
pub(super) const CALLS: &str = "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,lseek,fsync,fdatasync,syncfs,sync_file_range,ftruncate,truncate,\
    fallocate,copy_file_range,sendfile,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir";

/// One call that succeeded. Paths are relative to the watched folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// A file was opened, and perhaps made or emptied.
    Opened { file: i64, path: PathBuf, made: bool, emptied: bool, appends: bool, mode: u32 },
    /// Octets were written, where nothing else is said behind the last ones.
    Wrote { file: i64, at: Option<usize>, octets: Vec<u8> },
    /// The next octets go here.
    Sought { file: i64, at: usize },
    /// The file got this length.
    Cut { file: i64, length: usize },
    /// What was written so far, or a folder's names, are to last.
    Synced { file: i64 },
    /// Everything so far is to last.
    AllSynced,
    /// A name was given to what has another, which it loses.
    Renamed { from: PathBuf, to: PathBuf },
    /// A second name was given.
    Linked { from: PathBuf, to: PathBuf },
    /// A file lost a name, or an empty folder its own.
    Removed { path: PathBuf },
    /// A folder was made.
    Folder { path: PathBuf },
    /// The program said something on its standard output.
    Said { octets: Vec<u8> },
}

/// The calls of a log that concern `folder`, or that say something.
pub(super) fn events(log: &str, folder: &Path) -> Vec<Event> {
    let (mut events, mut last_end) = (Vec::new(), None);
    for whole in whole_calls(log) {
        if let Some(event) = Call::of(&whole.text).and_then(|call| call.event(folder)) {
            assert!(last_end < Some(whole.begin), "two threads change files at once: {}", whole.text);
            last_end = Some(whole.end);
            events.push(event);
        }
    }
    events
}

/// A call as one line, and the lines of the log at which it began and ended.
struct WholeCall {
    text: String,
    begin: usize,
    end: usize,
}

/// The calls in the order of their ends. `strace` writes a call in two halves where another thread does something in between, and be it only that it ends.
fn whole_calls(log: &str) -> Vec<WholeCall> {
    let (mut calls, mut halves) = (Vec::new(), HashMap::new());
    for (end, line) in log.lines().enumerate() {
        let (thread, call) = line.split_once(' ').expect("a process number first");
        let call = call.trim_start();
        if let Some(first) = call.strip_suffix("<unfinished ...>") {
            halves.insert(thread, (end, first.trim_end()));
        } else if let Some((_, second)) = call.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>")) {
            let (begin, first) = halves.remove(thread).expect("a first half");
            calls.push(WholeCall { text: format!("{first}{second}"), begin, end });
        } else {
            calls.push(WholeCall { text: call.to_owned(), begin: end, end });
        }
    }
    calls
}

struct Call<'a> {
    name: &'a str,
    arguments: Vec<&'a str>,
    result: i64,
}

impl<'a> Call<'a> {
    /// A call that did not fail.
    fn of(line: &'a str) -> Option<Self> {
        let (name, rest) = line.split_once('(')?;
        let (arguments, result) =
            rest.rsplit_once(") = ").or_else(|| rest.rsplit_once(')').map(|(all, rest)| (all, rest.trim_start_matches([' ', '=']))))?;
        let result: i64 = result.split([' ', '<']).next()?.parse().ok()?;
        (result >= 0).then(|| Self { name, arguments: arguments.split(", ").collect(), result })
    }

    fn event(&self, root: &Path) -> Option<Event> {
        match self.name {
            "write" if self.number(0) == 1 => Some(Event::Said { octets: octets(self.arguments[1]) }),
            "open" | "openat" | "creat" => {
                assert_eq!(self.name, "openat", "an old call that nothing here makes");
                let path = self.path_at(0, root)?;
                let has = |flag: &str| self.arguments[2].split('|').any(|set| set == flag);
                assert!(!has("O_TMPFILE"), "a file without a name is not replayed");
                let mode = self.arguments.get(3).map_or(0, |text| u32::from_str_radix(text, 8).expect("a mode"));
                let (made, emptied, appends) = (has("O_CREAT"), has("O_TRUNC"), has("O_APPEND"));
                Some(Event::Opened { file: self.result, path, made, emptied, appends, mode })
            }
            "rename" => Some(Event::Renamed { from: self.path(0, root)?, to: self.path(1, root)? }),
            "renameat" | "renameat2" => Some(Event::Renamed { from: self.path_at(0, root)?, to: self.path_at(2, root)? }),
            "link" => Some(Event::Linked { from: self.path(0, root)?, to: self.path(1, root)? }),
            "linkat" => Some(Event::Linked { from: self.path_at(0, root)?, to: self.path_at(2, root)? }),
            "unlink" | "rmdir" => Some(Event::Removed { path: self.path(0, root)? }),
            "unlinkat" => Some(Event::Removed { path: self.path_at(0, root)? }),
            "mkdir" => Some(Event::Folder { path: self.path(0, root)? }),
            "mkdirat" => Some(Event::Folder { path: self.path_at(0, root)? }),
            _ => self.file_event(root),
        }
    }

    /// Calls on an open file.
    fn file_event(&self, root: &Path) -> Option<Event> {
        relative(&decoration(self.arguments[0])?, root)?;
        let file = self.number(0);
        let wrote = |at| {
            let mut octets = octets(self.arguments[1]);
            octets.truncate(usize::try_from(self.result).expect("a length"));
            Some(Event::Wrote { file, at, octets })
        };
        let length = |text: &str| text.parse::<usize>().expect("a position");
        match self.name {
            "write" => wrote(None),
            "pwrite64" => wrote(Some(length(self.arguments[3]))),
            "lseek" => Some(Event::Sought { file, at: usize::try_from(self.result).expect("a position") }),
            "ftruncate" => Some(Event::Cut { file, length: length(self.arguments[1]) }),
            "syncfs" => Some(Event::AllSynced),
            "fsync" | "fdatasync" => Some(Event::Synced { file }),
            other => panic!("{other} on a file of the registry is not replayed: teach it to tests/src/crash/trace.rs"),
        }
    }

    fn number(&self, index: usize) -> i64 {
        self.arguments[index].split('<').next().and_then(|text| text.parse().ok()).unwrap_or(-1)
    }

    fn path(&self, index: usize, root: &Path) -> Option<PathBuf> {
        let path = text(octets(self.arguments[index]));
        assert!(path.is_absolute(), "a path that depends on the working folder: {}", path.display());
        relative(&path, root)
    }

    /// A path given as an open folder and a name in it.
    fn path_at(&self, index: usize, root: &Path) -> Option<PathBuf> {
        let name = text(octets(self.arguments[index + 1]));
        relative(&decoration(self.arguments[index])?.join(name), root)
    }
}

/// The path of what is in the folder and outlives a restart: SQLite's shared memory does not.
fn relative(path: &Path, root: &Path) -> Option<PathBuf> {
    let path = path.strip_prefix(root).ok()?;
    (!path.to_string_lossy().ends_with("-shm")).then(|| path.to_owned())
}

/// The path that `strace -y` writes behind a file's number.
fn decoration(argument: &str) -> Option<PathBuf> {
    let inner = argument.split_once('<')?.1;
    Some(text(octets(inner.split('>').next()?)))
}

fn text(octets: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8(octets).expect("UTF-8"))
}

/// The octets written as `\xNN`.
fn octets(text: &str) -> Vec<u8> {
    assert!(!text.ends_with("..."), "strace cut an argument off");
    text.split("\\x").skip(1).map(|digits| u8::from_str_radix(&digits[..2], 16).expect("two digits")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read() {
        let log = r#"7 openat(AT_FDCWD</>, "\x2f\x61\x2f\x62", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 5</a/b>
7 openat(AT_FDCWD<\x2f>, "\x2f\x61\x2f\x62", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 5<\x2f\x61\x2f\x62>
7 pwrite64(5<\x2f\x61\x2f\x62>, "\x01\x02\x03", 3, 24) = 2
7 fdatasync(5<\x2f\x61\x2f\x62>) = 0
7 unlink("\x2f\x61\x2f\x63") = -1 ENOENT (No such file or directory)
7 unlink("\x2f\x65\x2f\x63") = 0
7 pwrite64(6<\x2f\x61\x2f\x62\x2d\x73\x68\x6d>, "\x01", 1, 0) = 1
7 renameat2(AT_FDCWD<\x2f>, "\x2f\x61\x2f\x62", AT_FDCWD<\x2f>, "\x2f\x61\x2f\x63", RENAME_NOREPLACE) = 0
7 write(1<\x70\x69\x70\x65>, "\x68\x69\x0a", 3) = 3
7 +++ exited with 0 +++"#;
        let log = log.split_once('\n').expect("a second line").1;
        let name = PathBuf::from;
        assert_eq!(
            events(log, Path::new("/a")),
            [
                Event::Opened { file: 5, path: name("b"), made: true, emptied: false, appends: false, mode: 0o600 },
                Event::Wrote { file: 5, at: Some(24), octets: vec![1, 2] },
                Event::Synced { file: 5 },
                Event::Renamed { from: name("b"), to: name("c") },
                Event::Said { octets: b"hi\n".to_vec() },
            ]
        );
    }

    #[test]
    fn halves_of_calls_are_joined() {
        let log = r#"7 mkdir("\x2f\x61\x2f\x62", 0777 <unfinished ...>
8 openat(AT_FDCWD<\x2f>, "\x2f\x65", O_RDONLY) = 5<\x2f\x65>
7 <... mkdir resumed>)             = 0
8 +++ exited with 0 +++
7 fdatasync(5<\x2f\x61\x2f\x62> <unfinished ...>
8 unlink("\x2f\x65" <unfinished ...>
7 <... fdatasync resumed>) = 0
8 <... unlink resumed>) = 0"#;
        assert_eq!(events(log, Path::new("/a")), [Event::Folder { path: PathBuf::from("b") }, Event::Synced { file: 5 }]);
    }

    #[test]
    #[should_panic(expected = "two threads change files at once")]
    fn two_calls_at_once_have_no_order() {
        let log = r#"7 mkdir("\x2f\x61\x2f\x62", 0777 <unfinished ...>
8 mkdir("\x2f\x61\x2f\x63", 0777) = 0
7 <... mkdir resumed>) = 0"#;
        events(log, Path::new("/a"));
    }
}
