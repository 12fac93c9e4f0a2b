//! Everything that the surface says while it works: each reply and each error as JSON and as debug text, and every line of the log.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::io;
use std::sync::{Mutex, PoisonError};

use api::commands::COMMANDS;
use api::{ApiError, words};
use serde::Serialize;

/// What was said, and by which commands.
#[derive(Default)]
pub struct Said {
    text: String,
    heard: BTreeSet<&'static str>,
}

impl Said {
    /// Takes down a command's outcome and gives it back.
    pub fn hear<T: Serialize + Debug>(&mut self, command: &'static str, outcome: Result<T, ApiError>) -> Result<T, ApiError> {
        assert!(COMMANDS.contains(&command), "{command} is no command");
        self.heard.insert(command);
        match &outcome {
            Ok(view) => self.note(&format!("{}\n{view:?}\n{view:#?}", serde_json::to_string(view).expect("JSON"))),
            Err(error) => {
                self.note(&format!(
                    "{}\n{error:?}\n{error:#?}\n{error}\n{:?}",
                    serde_json::to_string(error).expect("JSON"),
                    words::error(error)
                ));
                let mut cause = std::error::Error::source(error);
                while let Some(behind) = cause {
                    self.note(&format!("{behind}\n{behind:?}"));
                    cause = behind.source();
                }
            }
        }
        outcome
    }

    /// Takes down any other text.
    pub fn note(&mut self, text: &str) {
        writeln!(self.text, "{text}").expect("memory");
    }

    /// Everything that was said.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Fails when there is a command that nobody has heard: a new one must say something here.
    pub fn assert_all_heard(&self) {
        let silent: Vec<_> = COMMANDS.iter().filter(|command| !self.heard.contains(*command)).collect();
        assert!(silent.is_empty(), "nobody has heard {silent:?}");
    }
}

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct IntoLog;

impl io::Write for IntoLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Collects the log of the whole process from here on, down to the finest level.
pub fn listen_to_log() {
    // The second test finds the listener of the first one in place.
    let listener = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(|| IntoLog);
    if listener.try_init().is_ok() {
        tracing::info!("the log is listened to");
    }
}

/// The log of the whole process.
pub fn log() -> Vec<u8> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
