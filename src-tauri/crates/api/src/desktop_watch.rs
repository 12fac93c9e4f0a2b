//! What the desktop tells: the machine goes to sleep, the session or its screen is locked. One thread for each source, which ends when its bus does.
//!
//! `PrepareForSleep` and `Lock` of systemd's logind on the system bus; `ActiveChanged` of the screen saver, by its old and by GNOME's name, on the session's.

use std::sync::Arc;

use crate::LockReason;

/// Who is told.
type Tell = Arc<dyn Fn(LockReason) + Send + Sync>;

/// Listens from now on. Where there is no such bus nothing is heard, and the keys are locked by hand and by the clock only.
pub fn watch(tell: impl Fn(LockReason) + Send + Sync + 'static) {
    let tell: Tell = Arc::new(tell);
    #[cfg(all(unix, not(target_os = "macos")))]
    buses::watch(&tell);
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    drop(tell);
}

#[cfg(all(unix, not(target_os = "macos")))]
mod buses {
    use std::sync::Arc;
    use std::thread;

    use zbus::MatchRule;
    use zbus::blocking::{Connection, MessageIterator};
    use zbus::message::Type;
    use zbus::zvariant::{OwnedFd, OwnedObjectPath};

    use super::Tell;
    use crate::LockReason;

    const LOGIN: &str = "org.freedesktop.login1";
    const MANAGER: &str = "org.freedesktop.login1.Manager";
    const MANAGER_PATH: &str = "/org/freedesktop/login1";

    pub(super) fn watch(tell: &Tell) {
        start("sleep-watch", tell, sleep);
        start("session-watch", tell, session);
        start("screen-watch", tell, |tell| screen(tell, "org.freedesktop.ScreenSaver"));
        start("gnome-screen-watch", tell, |tell| screen(tell, "org.gnome.ScreenSaver"));
    }

    fn start(name: &str, tell: &Tell, listen: impl FnOnce(&Tell) -> zbus::Result<()> + Send + 'static) {
        let (tell, source) = (Arc::clone(tell), name.to_owned());
        let spawned = thread::Builder::new().name(name.to_owned()).spawn(move || {
            if let Err(error) = listen(&tell) {
                tracing::debug!(%error, source, "the desktop is not heard");
            }
        });
        if let Err(error) = spawned {
            tracing::warn!(%error, name, "no thread to hear the desktop");
        }
    }

    fn signal(interface: &'static str, member: &'static str) -> zbus::Result<zbus::match_rule::Builder<'static>> {
        MatchRule::builder().msg_type(Type::Signal).interface(interface)?.member(member)
    }

    /// Before the machine sleeps there is time to forget the keys: logind is asked to wait for us, and let go once it is done.
    fn sleep(tell: &Tell) -> zbus::Result<()> {
        let bus = Connection::system()?;
        let hold = || -> Option<OwnedFd> {
            let asked = ("sleep", "Chancery", "forgets the keys", "delay");
            let reply = bus.call_method(Some(LOGIN), MANAGER_PATH, Some(MANAGER), "Inhibit", &asked);
            reply.and_then(|reply| reply.body().deserialize()).inspect_err(|error| tracing::debug!(%error, "sleep will not wait")).ok()
        };
        let heard = MessageIterator::for_match_rule(signal(MANAGER, "PrepareForSleep")?.build(), &bus, None)?;
        let mut held = hold();
        for message in heard {
            if message?.body().deserialize::<bool>()? {
                tell(LockReason::Suspend);
                drop(held.take());
            } else {
                held = hold();
            }
        }
        Ok(())
    }

    /// `loginctl lock-session`, and what the desktop's own lock key does.
    fn session(tell: &Tell) -> zbus::Result<()> {
        let bus = Connection::system()?;
        let ours = bus.call_method(Some(LOGIN), MANAGER_PATH, Some(MANAGER), "GetSessionByPID", &(std::process::id(),));
        let mut rule = signal("org.freedesktop.login1.Session", "Lock")?;
        // Without a session of our own (a service, a container) any that is locked counts: locking once too often costs a passphrase.
        if let Ok(path) = ours.and_then(|reply| reply.body().deserialize::<OwnedObjectPath>()) {
            rule = rule.path(path.into_inner())?;
        }
        for message in MessageIterator::for_match_rule(rule.build(), &bus, None)? {
            message?;
            tell(LockReason::SessionLock);
        }
        Ok(())
    }

    fn screen(tell: &Tell, interface: &'static str) -> zbus::Result<()> {
        let bus = Connection::session()?;
        for message in MessageIterator::for_match_rule(signal(interface, "ActiveChanged")?.build(), &bus, None)? {
            if message?.body().deserialize::<bool>()? {
                tell(LockReason::SessionLock);
            }
        }
        Ok(())
    }
}
