//! What may be asked. One struct per command, one file per noun.

mod audit;
mod authority;
mod certificate;
mod crl;
mod export;
mod import;
mod inbox;
mod key;
mod many;
mod opened;
mod paths;
mod profile;
mod registry;
mod settings;
mod source;
mod undo;

pub use audit::*;
pub use authority::*;
pub use certificate::*;
pub use crl::*;
pub use export::*;
pub use import::*;
pub use inbox::*;
pub use key::*;
pub use many::*;
pub use opened::*;
pub use paths::WithPaths;
pub use profile::*;
pub use registry::*;
pub use settings::*;
pub use source::*;
pub use undo::*;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks for something that needs no parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Nothing {}
