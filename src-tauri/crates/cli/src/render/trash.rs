//! What was taken back, and what can come back.

use api::view::{TrashList, UndoView};

use crate::layout::{Text, moment, moment_if};

pub(crate) fn undone(view: &UndoView) -> Text {
    let mut text = Text::new();
    text.pairs(&[("Undone", view.title.clone()), ("Was done", moment(&view.act.at)), ("Now", view.will.clone())]);
    text
}

pub(crate) fn list(list: &TrashList) -> Text {
    let mut text = Text::new();
    let rows = list.items.iter().map(|item| [item.kind.clone(), item.id.clone(), item.name.clone(), moment_if(item.at.as_ref())]).collect();
    text.table(["kind", "id", "name", "since"], rows);
    if list.more {
        text.line("There are more archived certificates: chancery cert list --archived");
    }
    text
}
