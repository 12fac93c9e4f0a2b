//! Long work.

use api::view::TaskView;

use crate::layout::{Text, moment, moment_if};

fn progress(task: &TaskView) -> String {
    match task.progress.total {
        0 => String::new(),
        total => format!("{} of {total}", task.progress.done),
    }
}

pub(crate) fn list(tasks: &[TaskView]) -> Text {
    let mut text = Text::new();
    let rows = tasks
        .iter()
        .map(|task| {
            [task.id.clone(), task.kind.clone(), task.state.clone(), progress(task), moment(&task.started_at), task.message.clone()]
        })
        .collect();
    text.table(["task", "kind", "state", "done", "began", "message"], rows);
    text
}

pub(crate) fn one(task: &TaskView) -> Text {
    let mut text = Text::new();
    text.pairs(&[
        ("Task", task.id.clone()),
        ("Kind", task.kind.clone()),
        ("About", task.about.clone()),
        ("State", task.state.clone()),
        ("Done", progress(task)),
        ("Message", task.message.clone()),
        ("Began", moment(&task.started_at)),
        ("Ended", moment_if(task.ended_at.as_ref())),
        ("Resumable", super::yes_or_no(task.resumable)),
    ]);
    text
}
