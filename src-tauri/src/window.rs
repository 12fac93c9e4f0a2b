//! The one window: plugins, state, files that are dragged, dropped or handed over by a second start.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use api::{Host, Surface};
use tauri::{AppHandle, DragDropEvent, Emitter, Manager, RunEvent, WindowEvent};

use crate::clipboard::DesktopClipboard;
use crate::desk::Desk;
use crate::opened::Handed;
use crate::{clock, handler, recent};

/// Opens the window and runs until it is closed, or the desktop's session ends; the registry is closed in order.
pub(crate) fn run() -> tauri::Result<()> {
    let host = Host::of_this_machine(concat!("chancery-desktop ", env!("CARGO_PKG_VERSION")));
    let surface = Surface::new(clock::with_clock(host.with_clipboard(Arc::new(DesktopClipboard::default()))));
    tauri::Builder::default()
        // First in the chain: a second start brings this window to the front, with the files that it was given.
        .plugin(tauri_plugin_single_instance::init(|app, arguments, folder| {
            to_front(app);
            hand_over(app, arguments.into_iter().map(OsString::from), Path::new(&folder));
        }))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .manage(Desk::new(surface))
        .manage(Handed::default())
        .invoke_handler(handler::handler())
        .on_window_event(|window, event| {
            let WindowEvent::DragDrop(dragged) = event else { return };
            let app = window.app_handle();
            match dragged {
                DragDropEvent::Enter { paths, .. } => tell(app, "files-over", paths.len()),
                DragDropEvent::Drop { paths, .. } => {
                    let desk = window.state::<Desk>();
                    let files: Vec<_> = paths.iter().map(|path| desk.remember(path)).collect();
                    tell(app, "files-over", 0);
                    tell(app, "files-dropped", files);
                }
                DragDropEvent::Leave => tell(app, "files-over", 0),
                _ => {}
            }
        })
        .setup(|app| {
            if let Ok(folder) = std::env::current_dir() {
                hand_over(app.handle(), std::env::args_os(), &folder);
            }
            watch(app.handle().clone());
            end_with_the_session(app.handle().clone());
            let handle = app.handle().clone();
            api::desktop_watch::watch(move |reason| {
                if handle.state::<Desk>().surface().lock_because(reason) {
                    tell(&handle, "lock-changed", ());
                }
            });
            Ok(())
        })
        .build(tauri::generate_context!())?
        .run(|app, event| {
            if matches!(event, RunEvent::Exit) {
                close_in_order(app);
            }
        });
    Ok(())
}

/// The process ends without dropping anything: what is not closed here leaves a WAL, as a crash does, and a secret on the clipboard.
fn close_in_order(app: &AppHandle) {
    let desk = app.state::<Desk>();
    desk.surface().clear_clipboard();
    desk.surface().close();
}

/// A desktop that logs out or shuts down asks with SIGTERM, a terminal that closes with SIGHUP, and Ctrl-C with SIGINT: all end like a closed window.
fn end_with_the_session(app: AppHandle) {
    #[cfg(unix)]
    tauri::async_runtime::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let asked = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()));
        let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) = asked else {
            tracing::warn!("the end of the session will not be heard");
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
        app.exit(0);
    });
    #[cfg(not(unix))]
    drop(app);
}

/// Puts the files of a start aside for the page, which asks for them once it has come up and whenever it is told.
fn hand_over(app: &AppHandle, arguments: impl Iterator<Item = OsString>, folder: &Path) {
    if app.state::<Handed>().put(arguments, folder) {
        tell(app, "files-opened", ());
    }
}

fn to_front(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        let shown = window.unminimize().and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window could not be brought to the front");
        }
    }
}

/// How often is looked for what other programs write: a change is on the screen within a second.
const LOOK: Duration = Duration::from_millis(300);
const _: () = assert!(LOOK.as_millis() * 2 <= 1000);

/// Now and again: which registry is open (for the list of recent ones), whether another program wrote to it or there is room again to write to it, and
/// whether it is time to lock the keys or to build a CRL.
fn watch(app: AppHandle) {
    let folder = app.path().app_config_dir().ok();
    tauri::async_runtime::spawn(async move {
        let mut seen = None;
        let mut last = None;
        let mut round = 0_u32;
        loop {
            tokio::time::sleep(LOOK).await;
            let surface = Arc::clone(app.state::<Desk>().surface());
            let look = move || {
                let (writable, locked) = (surface.open_with_room_made(), surface.lock_if_idle());
                let (open, version) = (surface.open_path(), surface.data_version());
                (writable, open, version, locked, surface.clear_clipboard_if_due(), surface.crl_wake())
            };
            let Ok((writable, open, version, locked, cleared, crls)) = tokio::task::spawn_blocking(look).await else {
                continue;
            };
            if locked {
                tell(&app, "lock-changed", ());
            }
            if cleared {
                tell(&app, "clipboard-changed", ());
            }
            if crls {
                build_crls(app.clone());
            }
            // The file is looked at unasked: soon after it is opened, and hourly in case a week has passed.
            round = if open == seen { (round + 1) % 12_000 } else { 0 };
            if round == 0 && open.is_some() {
                look_after(app.clone());
            }
            if round % 100 == 20 && open.is_some() {
                refresh_sources(app.clone());
            }
            if (open.is_some() && open != seen) || version != last {
                back_up(&app);
            }
            if open != seen {
                seen.clone_from(&open);
                if let (Some(folder), Some(path)) = (folder.clone(), open) {
                    drop(tokio::task::spawn_blocking(move || recent::note(&folder, &path)));
                }
            } else if writable || version != last {
                tell(&app, "registry-changed", ());
            }
            last = version;
        }
    });
}

/// Beside everything else: a check that is due, whose result the page then shows.
fn look_after(app: AppHandle) {
    tokio::task::spawn_blocking(move || match app.state::<Desk>().surface().look_after() {
        Ok(true) => tell(&app, "registry-changed", ()),
        Ok(false) => {}
        Err(error) => tracing::warn!(code = error.code.as_str(), cause = error.cause.as_deref(), "the registry was not looked after"),
    });
}

/// Builds the CRLs that are due, in the background; the page then shows them, or why there are none.
fn build_crls(app: AppHandle) {
    tokio::task::spawn_blocking(move || match app.state::<Desk>().surface().crl_round_unasked() {
        Ok(true) => tell(&app, "registry-changed", ()),
        Ok(false) => {}
        Err(error) => tracing::warn!(code = error.code.as_str(), cause = error.cause.as_deref(), "no CRL was built"),
    });
}

/// Refreshes the sources that are due, in the background; the page then shows what came of it. Looked at every half minute, a little after the start.
fn refresh_sources(app: AppHandle) {
    tokio::task::spawn_blocking(move || match app.state::<Desk>().surface().source_round_unasked() {
        Ok(true) => tell(&app, "registry-changed", ()),
        Ok(false) => {}
        Err(error) => tracing::warn!(code = error.code.as_str(), cause = error.cause.as_deref(), "the sources were not refreshed"),
    });
}

/// Makes the day's copy in the background if it is still to be made. A failure is on record, and the overview tells it.
fn back_up(app: &AppHandle) {
    let surface = Arc::clone(app.state::<Desk>().surface());
    drop(tokio::task::spawn_blocking(move || {
        if let Err(error) = surface.back_up_daily(true) {
            tracing::warn!(code = error.code.as_str(), cause = error.cause.as_deref(), "the daily backup failed");
        }
    }));
}

fn tell(app: &AppHandle, event: &str, payload: impl serde::Serialize + Clone) {
    if let Err(error) = app.emit_to("main", event, payload) {
        tracing::warn!(%error, event, "the page could not be told");
    }
}
