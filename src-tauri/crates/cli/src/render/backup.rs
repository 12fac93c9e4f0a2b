//! Backups, drills, and what was restored.

use api::view::{AwaitedCrl, BackupList, BackupView, DrillView, RestoreView};

use super::{number, yes_or_no};
use crate::layout::{Text, counted, moment, moment_if, size};

pub(crate) fn made(view: &BackupView) -> Text {
    let mut text = Text::new();
    text.pairs(&[
        ("Backup", view.path.clone()),
        ("Size", size(view.bytes)),
        (
            "Holds",
            format!(
                "{}, {}",
                counted(view.authorities, "authority", "authorities"),
                counted(view.certificates, "certificate", "certificates")
            ),
        ),
    ]);
    text
}

pub(crate) fn list(list: &BackupList) -> Text {
    let mut text = Text::new();
    text.pairs(&[
        ("Folder", list.folder.clone()),
        ("Last backup", list.last.as_ref().map_or_else(|| "none yet".to_owned(), |at| moment(at))),
        ("Last drill", list.last_drill.as_ref().map_or_else(|| "never".to_owned(), |at| moment(at))),
        ("Failed", list.failed.as_ref().map_or_else(String::new, |failed| format!("{}: {}", moment(&failed.at), failed.problem))),
    ]);
    let rows =
        list.items.iter().map(|file| [file.name.clone(), moment_if(file.at.as_ref()), size(file.bytes), yes_or_no(file.daily)]).collect();
    text.gap().table(["name", "written", "size", "daily"], rows);
    text
}

pub(crate) fn drill(view: &DrillView) -> Text {
    let mut text = Text::new();
    text.line(if view.ok { "This backup opens, and nothing is missing." } else { "This backup is not as it should be." });
    text.gap().pairs(&[
        ("Backup", view.path.clone()),
        ("Of", view.name.clone()),
        ("Ends", moment_if(view.made_at.as_ref())),
        ("Authorities", view.authorities.to_string()),
        ("Certificates", view.certificates.to_string()),
        ("Audit rows", format!("{}, head {}", view.audit_rows, if view.sealed { "compared with its MAC" } else { "not compared" })),
        ("Keys found", view.keys_found.to_string()),
        ("Keys missing", view.keys_missing.join(", ")),
    ]);
    super::registry::findings(&mut text, &view.findings);
    text
}

/// The CRLs that a restored registry waits for, with the next step.
pub(super) fn awaited(text: &mut Text, awaited: &[AwaitedCrl]) {
    if awaited.is_empty() {
        return;
    }
    text.gap().line(
        "Restored from a backup: these authorities sign no CRL until their newest published one is given (chancery crl install A FILE).",
    );
    let rows = awaited
        .iter()
        .map(|waiting| [waiting.authority.name.clone(), waiting.generation.to_string(), number(waiting.known.as_ref())])
        .collect();
    text.table(["authority", "key", "highest number known"], rows);
}

pub(crate) fn restored(view: &RestoreView) -> Text {
    let mut text = Text::new();
    text.pairs(&[
        ("Restored", view.status.path.clone()),
        ("Registry", view.status.name.clone()),
        ("Backup ends", moment_if(view.made_at.as_ref())),
        ("Authorities", view.status.authorities.to_string()),
        ("Certificates", view.status.certificates.to_string()),
    ]);
    for crl in &view.crls {
        let taken = counted(
            u32::try_from(crl.revocations.len()).unwrap_or(u32::MAX),
            "revocation that the backup did not know",
            "revocations that the backup did not know",
        );
        let above = number(Some(&crl.continues_above));
        text.gap().line(&format!("{}: {taken}. The next CRL's number will be above {above}.", crl.authority));
        super::crl::entries(&mut text, &crl.revocations);
    }
    awaited(&mut text, &view.status.awaited_crls);
    text
}
