//! The log: JSON lines, one file a day, a fortnight kept. Secrets have no text form, so none can reach it.

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::EnvFilter;

/// Starts logging; the guard writes what is left when it is dropped. Without a folder to write to there is no log, and the program still runs.
pub(crate) fn start() -> Option<WorkerGuard> {
    let folder = api::host::state_folder()?;
    std::fs::create_dir_all(&folder).ok()?;
    let files =
        Builder::new().rotation(Rotation::DAILY).filename_prefix("chancery").filename_suffix("log").max_log_files(14).build(folder).ok()?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let filter = EnvFilter::try_from_env("CHANCERY_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_writer(writer).with_env_filter(filter).try_init().ok()?;
    Some(guard)
}
