//! One thread that talks to the keyring, and calls that wait for it with a deadline.
//!
//! A prompt that nobody answers blocks the platform's call for ever, and entries must not be used by two threads at once. So there is one call at a time, on
//! a thread of its own. When its answer does not come in time, or the waiting is cancelled, the thread is given up: its late answer goes nowhere, and the
//! next call gets a new thread with a new connection. A call that has not reached the thread is never made late.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::keystore::{KeyStoreError, StoreState};

/// How many threads may be waiting for prompts that were given up, before calls are refused at once.
const MOST_GIVEN_UP: usize = 8;

/// A connection to a keyring. It lives and dies on the worker's thread.
pub(super) trait Keyring {
    /// Reads an entry. `None` only when the keyring is unlocked and has none.
    fn read(&mut self, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError>;
    /// Writes a new entry, never over another.
    fn create(&mut self, user: &str, label: &str, line: &str) -> Result<(), KeyStoreError>;
    /// Deletes an entry; returns whether there was one.
    fn delete(&mut self, user: &str) -> Result<bool, KeyStoreError>;
    /// The user names of our entries that start with `prefix`, while the keyring is unlocked.
    fn list(&mut self, prefix: &str) -> Result<Vec<String>, KeyStoreError>;
    /// Looks at the keyring without prompting.
    fn state(&mut self) -> Result<StoreState, KeyStoreError>;
    /// Unlocks the keyring, prompting if it is locked.
    fn unlock(&mut self) -> Result<(), KeyStoreError>;
}

/// Opens a connection, on the worker's thread.
pub(super) type Connect = Arc<dyn Fn() -> Result<Box<dyn Keyring>, KeyStoreError> + Send + Sync>;

/// What the worker is asked.
pub(super) enum Ask {
    Read { user: String, fresh: bool },
    Create { user: String, label: String, line: Zeroizing<String> },
    Delete { user: String },
    List { prefix: String },
    Unlock,
}

/// What it answers.
pub(super) enum Answer {
    Line(Option<Zeroizing<Vec<u8>>>),
    Created,
    Deleted(bool),
    Listed(Vec<String>),
    Unlocked,
}

/// What ends a wait.
enum Outcome {
    Answered(Result<Answer, KeyStoreError>),
    Panicked,
    Cancelled,
}

struct Job {
    ask: Ask,
    answer_to: Sender<Outcome>,
}

/// The door to the thread.
pub(super) struct Worker {
    connect: Connect,
    gate: Mutex<Gate>,
    turn: Condvar,
    /// Threads alive: the present one, and those given up that still wait.
    alive: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Gate {
    /// Since when a call has been under way.
    since: Option<Instant>,
    /// How to wake the call that is under way.
    wake: Option<Sender<Outcome>>,
    /// How often everything was cancelled.
    cancelled: u64,
    thread: Option<Sender<Job>>,
}

impl Worker {
    pub(super) fn new(connect: Connect) -> Self {
        Self { connect, gate: Mutex::new(Gate::default()), turn: Condvar::new(), alive: Arc::new(AtomicUsize::new(0)) }
    }

    /// Asks, and waits at most `deadline` for its turn and the answer together.
    pub(super) fn ask(&self, ask: Ask, deadline: Duration) -> Result<Answer, KeyStoreError> {
        let start = Instant::now();
        let timed_out = || KeyStoreError::TimedOut { seconds: deadline.as_secs() };
        let mut gate = self.gate();
        let cancelled_before = gate.cancelled;
        while gate.since.is_some() {
            let left = deadline.checked_sub(start.elapsed()).ok_or_else(timed_out)?;
            gate = self.turn.wait_timeout(gate, left).unwrap_or_else(PoisonError::into_inner).0;
            if gate.cancelled != cancelled_before {
                return Err(KeyStoreError::Cancelled);
            }
        }
        let (answer_to, answers) = mpsc::channel();
        let thread = match &gate.thread {
            Some(thread) => thread.clone(),
            None => self.start()?,
        };
        // The thread leaves its loop only when this side is gone.
        if thread.send(Job { ask, answer_to: answer_to.clone() }).is_err() {
            gate.thread = None;
            return Err(KeyStoreError::Unreachable { cause: "the keyring's thread ended".to_owned() });
        }
        gate.thread = Some(thread);
        gate.since = Some(Instant::now());
        gate.wake = Some(answer_to);
        drop(gate);

        let outcome = answers.recv_timeout(deadline.saturating_sub(start.elapsed()));

        let mut gate = self.gate();
        gate.since = None;
        gate.wake = None;
        let answered = match outcome {
            Ok(Outcome::Answered(answer)) => answer,
            Ok(Outcome::Panicked) => Err(KeyStoreError::Unreachable { cause: "the keyring library failed".to_owned() }),
            Ok(Outcome::Cancelled) => {
                gate.thread = None;
                Err(KeyStoreError::Cancelled)
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                gate.thread = None;
                Err(timed_out())
            }
        };
        drop(gate);
        self.turn.notify_one();
        answered
    }

    /// Ends every wait.
    pub(super) fn cancel(&self) {
        let mut gate = self.gate();
        gate.cancelled += 1;
        if let Some(wake) = &gate.wake {
            // A call that has its answer by now needs no waking.
            drop(wake.send(Outcome::Cancelled));
        }
        drop(gate);
        self.turn.notify_all();
    }

    /// For how long the call that is under way has waited.
    pub(super) fn waits(&self) -> Option<Duration> {
        self.gate().since.map(|since| since.elapsed())
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> Result<Sender<Job>, KeyStoreError> {
        if self.alive.load(Ordering::SeqCst) > MOST_GIVEN_UP {
            return Err(KeyStoreError::Unreachable { cause: format!("{MOST_GIVEN_UP} earlier calls are still without an answer") });
        }
        let (jobs, queue) = mpsc::channel();
        let connect = Arc::clone(&self.connect);
        self.alive.fetch_add(1, Ordering::SeqCst);
        let alive = Alive(Arc::clone(&self.alive));
        let spawned = thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            let _alive = alive;
            serve(&queue, &connect);
        });
        spawned.map(|_| jobs).map_err(|error| KeyStoreError::Unreachable { cause: error.to_string() })
    }
}

/// Counts a thread until it ends, however it ends.
struct Alive(Arc<AtomicUsize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers jobs until the other side is gone.
fn serve(queue: &Receiver<Job>, connect: &Connect) {
    let mut keyring: Option<Box<dyn Keyring>> = None;
    while let Ok(Job { ask, answer_to }) = queue.recv() {
        let outcome = match catch_unwind(AssertUnwindSafe(|| answer(&mut keyring, connect, &ask))) {
            Ok(answer) => Outcome::Answered(answer),
            Err(_) => Outcome::Panicked,
        };
        // A connection that failed may be of a daemon that is gone: the next call makes a new one.
        if matches!(outcome, Outcome::Panicked | Outcome::Answered(Err(KeyStoreError::Unreachable { .. }))) {
            keyring = None;
        }
        // Nobody waits any more: the answer is dropped, and with it whatever secret it holds is wiped.
        drop(answer_to.send(outcome));
    }
}

fn answer(keyring: &mut Option<Box<dyn Keyring>>, connect: &Connect, ask: &Ask) -> Result<Answer, KeyStoreError> {
    if matches!(ask, Ask::Read { fresh: true, .. }) {
        *keyring = None;
    }
    let reused = keyring.is_some();
    let first = attempt(keyring, connect, ask);
    // A daemon that was restarted does not know an old connection. Only what changes nothing is tried again.
    let harmless = matches!(ask, Ask::Read { .. } | Ask::List { .. } | Ask::Unlock);
    if reused && harmless && matches!(first, Err(KeyStoreError::Unreachable { .. })) {
        *keyring = None;
        return attempt(keyring, connect, ask);
    }
    first
}

fn attempt(keyring: &mut Option<Box<dyn Keyring>>, connect: &Connect, ask: &Ask) -> Result<Answer, KeyStoreError> {
    let keyring = match keyring {
        Some(keyring) => keyring,
        None => keyring.insert(connect()?),
    };
    match ask {
        Ask::Read { user, .. } => keyring.read(user).map(Answer::Line),
        Ask::Create { user, label, line } => keyring.create(user, label, line).map(|()| Answer::Created),
        Ask::Delete { user } => keyring.delete(user).map(Answer::Deleted),
        Ask::List { prefix } => keyring.list(prefix).map(Answer::Listed),
        Ask::Unlock => keyring.unlock().map(|()| Answer::Unlocked),
    }
}
