//! What the desktop says is heard: on a private bus that plays the session's and the system's, signals are sent as logind and screen savers send them.
//!
//! Runs under `dbus-run-session` with `CHANCERY_TEST_KEYRING=1`, as the keyring's own test does; elsewhere it says that it was passed over.
#![cfg(target_os = "linux")]

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests fail loudly, and start the programs of the desktop")]
    use std::process::Command;
    use std::sync::mpsc;
    use std::time::Duration;

    use api::LockReason;

    fn emit(path: &str, signal: &str, argument: &[&str]) {
        let status = Command::new("gdbus").args(["emit", "--session", "--object-path", path, "--signal", signal]).args(argument).status();
        assert!(status.unwrap().success());
    }

    #[test]
    fn sleep_session_and_screen_are_heard() {
        if std::env::var("CHANCERY_TEST_KEYRING").as_deref() != Ok("1") {
            #[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
            {
                eprintln!("SKIPPED sleep_session_and_screen_are_heard: CHANCERY_TEST_KEYRING=1 is not set");
            }
            return;
        }
        let session = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap();
        assert_eq!(std::env::var("DBUS_SYSTEM_BUS_ADDRESS").unwrap(), session, "the private bus plays both");
        let (tell, told) = mpsc::channel();
        api::desktop_watch::watch(move |reason| {
            tell.send(reason).ok();
        });
        let manager = "/org/freedesktop/login1";
        let heard = |path: &str, signal: &str, argument: &[&str]| {
            // The listeners may still be on their way to the bus.
            for _ in 0..50 {
                emit(path, signal, argument);
                if let Ok(reason) = told.recv_timeout(Duration::from_millis(200)) {
                    while told.recv_timeout(Duration::from_millis(100)).is_ok() {}
                    return Some(reason);
                }
            }
            None
        };
        assert_eq!(heard(manager, "org.freedesktop.login1.Manager.PrepareForSleep", &["true"]), Some(LockReason::Suspend));
        assert_eq!(heard("/org/freedesktop/login1/session/_31", "org.freedesktop.login1.Session.Lock", &[]), Some(LockReason::SessionLock));
        for name in ["org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver"] {
            let path = format!("/{}", name.replace('.', "/"));
            assert_eq!(heard(&path, &format!("{name}.ActiveChanged"), &["true"]), Some(LockReason::SessionLock), "{name}");
        }
        // Waking up, and a screen that is unlocked, lock nothing.
        emit(manager, "org.freedesktop.login1.Manager.PrepareForSleep", &["false"]);
        emit("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged", &["false"]);
        assert!(told.recv_timeout(Duration::from_millis(500)).is_err());
    }
}
