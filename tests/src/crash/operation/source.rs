//! A source that has moved on: what it held is one thing, what is there now another.

use std::path::Path;

use api::request::Nothing;
use api::{ApiError, Surface};
use serde_json::json;

use super::Promise;
use crate::ask;
use crate::data::named;
use crate::judges::sqlite::sqlite;

const NAME: &str = "Theirs";

/// Makes it: a bundle with a CRL.
pub(super) fn make(surface: &Surface) {
    let request = json!({ "name": NAME, "kind": "pem", "path": named("keystores/bundle-with-crl.p7c.pem"), "refreshHours": 0 });
    let made = surface.source_create(ask(request)).expect("a source").source;
    assert!(made.crls > 0 && made.certificates.others > 0, "{made:?}");
}

/// Has it found somewhere else: other certificates of the same authorities, and no CRL.
pub(super) fn move_on(registry: &Path) {
    let place = named("pkits/authorities.pem");
    sqlite(registry.to_str().expect("UTF-8"), &format!("UPDATE sources SET place = '{place}'"));
}

/// Refreshes it, and promises what it holds then.
pub(super) fn refresh(surface: &Surface, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    surface.source_refresh(ask(json!({ "source": NAME, "acceptShrink": true })))?;
    for source in surface.source_list(Nothing {})?.items {
        promise(&Promise::Source { certificates: source.certificates.others + source.certificates.cscas, crls: source.crls });
    }
    Ok(())
}
