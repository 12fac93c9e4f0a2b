//! Templates of other programs, which become profiles under names that are free.

use std::collections::HashMap;

use pki::Profile;
use pki::profile::ProfileDocument;

use super::elsewhere::Template;
use super::plan::Plan;
use super::{ObjectKind, Outcome, Refusal, Remark, ReportItem, TakenProfile};
use crate::registry::{Read, RegistryError};

/// What is put behind the name of a profile that is taken already.
const MOST_NAMESAKES: u32 = 1_000;

/// Templates become profiles; one that is there with the same content is known, one of the same name with other content gets another name.
pub(super) fn profiles(tx: &Read<'_>, templates: Vec<Template>, plan: &mut Plan) -> Result<(), RegistryError> {
    let mut present: HashMap<String, ProfileDocument> = HashMap::new();
    for row in tx.profiles()? {
        if let Ok(document) = serde_json::from_value(row.document) {
            present.insert(row.name, document);
        }
    }
    for Template { path, source, name, profile } in templates {
        let place = plan.report.items.len();
        let kind = ObjectKind::Profile;
        let mut item = ReportItem { path, source, object: name.clone(), kind, outcome: Outcome::New, remark: Remark::None, id: None };
        match profile {
            Err(refusal) => item.outcome = Outcome::Refused(refusal),
            Ok(profile) => match free_name(&profile.document, &present) {
                None => item.outcome = Outcome::Refused(Refusal::plain("profile-unsound")),
                Some((document, is_new)) => {
                    let left_behind: Vec<_> = profile.left_out.iter().map(|left| format!("{} = {}", left.key, left.value)).collect();
                    if !left_behind.is_empty() {
                        item.remark = Remark::ProfileInPart;
                    }
                    item.id = Some(document.name.clone());
                    let path = item.path.to_string();
                    plan.report.profiles.push(TakenProfile { name: document.name.clone(), template: name, path, left_behind });
                    if is_new {
                        present.insert(document.name.clone(), document.clone());
                        plan.profiles.push((place, document));
                    } else {
                        item.outcome = Outcome::Known;
                    }
                }
            },
        }
        plan.report.items.push(item);
    }
    Ok(())
}

/// The document under a name of its own, and whether it is new; `None` when it is no sound profile under any.
fn free_name(document: &ProfileDocument, present: &HashMap<String, ProfileDocument>) -> Option<(ProfileDocument, bool)> {
    for number in 1..MOST_NAMESAKES {
        let name = if number == 1 { document.name.clone() } else { format!("{}-{number}", document.name) };
        if Profile::builtin(&name).is_some() {
            continue;
        }
        let named = ProfileDocument { name: name.clone(), ..document.clone() };
        match present.get(&name) {
            Some(other) if *other == named => return Some((named, false)),
            Some(_) => {}
            None => return Profile::check(&named, 1).is_ok().then_some((named, true)),
        }
    }
    None
}
