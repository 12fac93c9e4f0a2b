//! The typed surface that the desktop shell and the command line share.
//!
//! A *request* goes in, a *view* comes out, and what goes wrong is an [`ApiError`]: a code, typed fields and a cause for the log. The words that a
//! person reads stand in one catalogue per language under `words/`. Times cross as RFC 3339 text in UTC, serials and fingerprints as lower-case hex,
//! identifiers as text: no 64-bit integer reaches JavaScript.
//!
//! Every operation is listed once, in [`commands::COMMANDS`]; the shell, its permissions, the page and the command line are compared with that list by tests.
#![deny(missing_docs)]

pub mod clipboard;
pub mod commands;
mod crl_wakes;
pub mod desktop_watch;
pub mod error;
pub mod host;
mod open_keyrings;
pub mod request;
pub mod surface;
pub mod text;
mod time_in;
pub mod view;
pub mod visible;
pub mod words;

pub use authority::clock::{Clock, SystemClock};
pub use clipboard::{Clipboard, ClipboardError};
pub use error::{ApiError, ErrorCode};
pub use host::Host;
pub use surface::{LockReason, SeedRequest, Surface};
