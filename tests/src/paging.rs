//! Lists that come in pages, from their first item to their last.

use api::Surface;
use api::view::CertificateView;
use serde_json::{Value, json};

use crate::ask;

/// Hands over every certificate of the open registry, the newest first.
pub fn each_certificate(surface: &Surface, mut take: impl FnMut(CertificateView)) {
    let mut after = Value::Null;
    loop {
        let page = surface.certificate_list(ask(json!({ "after": after, "limit": 500 }))).expect("a page");
        page.items.into_iter().for_each(&mut take);
        match page.next {
            Some(next) => after = next.into(),
            None => return,
        }
    }
}
