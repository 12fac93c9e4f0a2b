//! What was handed out.

use api::view::{FolderExportView, ListExportView};

use crate::layout::{Text, counted};

/// An authority as a folder.
pub(crate) fn folder(view: &FolderExportView) -> Text {
    let mut text = Text::new();
    let unknown = counted(view.unknown_serials, "of a certificate unknown here", "of certificates unknown here");
    let revocations = counted(view.revocations, "revocation", "revocations");
    text.pairs(&[
        ("Folder", view.folder.clone()),
        ("Certificates", view.certificates.to_string()),
        ("In the index", if view.unknown_serials == 0 { revocations } else { format!("{revocations}, {unknown}") }),
        ("Keys", view.keys.to_string()),
        ("Next CRL number", view.next_crl_number.clone()),
    ]);
    if !view.notes.is_empty() {
        text.gap();
        text.table(["serial", "note"], view.notes.iter().map(|note| [note.serial.clone(), note.message.clone()]).collect());
    }
    text
}

/// A list.
pub(crate) fn list(view: &ListExportView) -> Text {
    let mut text = Text::new();
    text.line(&format!("{}  {}", view.path, counted(view.count, "certificate", "certificates")));
    text
}
