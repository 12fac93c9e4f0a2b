//! Fetching what an address names, over HTTP and HTTPS: within limits of time and size, few redirects, and trying again what passes by itself.
//!
//! Every call is on its own: no cookie, no credentials, no cache, nothing that one server could tell another about.

use std::io;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_LENGTH, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout};

/// Redirects that are followed, one after another; never from HTTPS to HTTP.
pub const MOST_REDIRECTS: usize = 5;

/// How long is waited, and how often it is tried.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For the next octets of an answer.
    pub silence: Duration,
    /// For everything, attempts and pauses together.
    pub whole: Duration,
    /// Attempts.
    pub attempts: u32,
    /// The pause after the first attempt; it doubles with each.
    pub pause: Duration,
    /// Octets of an answer.
    pub most: u64,
}

impl Limits {
    /// What is right for lists of many megabytes over slow lines: four attempts within a quarter of an hour.
    pub const STANDARD: Self = Self {
        connect: Duration::from_secs(15),
        silence: Duration::from_secs(30),
        whole: Duration::from_secs(15 * 60),
        attempts: 4,
        pause: Duration::from_secs(2),
        most: 1 << 30,
    };
}

/// Why nothing came.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The address is none, or of another protocol than HTTP and HTTPS.
    #[error("{0} is no address that can be fetched: http:// or https:// and a host")]
    Address(
        /// The address.
        String,
    ),
    /// No connection, or it broke off.
    #[error("{0}")]
    Connection(
        /// What happened.
        String,
    ),
    /// The server's certificate is not trusted, or TLS failed otherwise.
    #[error("the server is not trusted: {0}")]
    Trust(
        /// What happened.
        String,
    ),
    /// It took too long.
    #[error("{what} took longer than {seconds} seconds")]
    Timeout {
        /// What did.
        what: &'static str,
        /// How long was waited.
        seconds: u64,
    },
    /// The server says no.
    #[error("the server answers {0}")]
    Status(
        /// The status, such as `404 Not Found`.
        StatusCode,
    ),
    /// Too many redirects, or one to an address that is not followed.
    #[error("the server leads elsewhere: {0}")]
    Redirect(
        /// Where, or how often.
        String,
    ),
    /// More octets than are taken.
    #[error("the answer has more than {0} octets")]
    TooLarge(
        /// How many are taken.
        u64,
    ),
    /// The octets could not be put where they belong.
    #[error("what came could not be kept: {0}")]
    Sink(
        /// Why.
        io::Error,
    ),
    /// Whoever waited has stopped it.
    #[error("the work was stopped")]
    Cancelled,
}

impl FetchError {
    /// Whether it passes by itself, so that it is worth trying again: no connection, silence, a server that is busy or has a fault of its own.
    #[must_use]
    pub fn passes(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Timeout { .. } => true,
            Self::Status(status) => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS || *status == StatusCode::REQUEST_TIMEOUT
            }
            _ => false,
        }
    }
}

/// Where the octets go.
pub trait Sink {
    /// Everything that came is thrown away: another attempt begins.
    ///
    /// # Errors
    /// Those of the system.
    fn restart(&mut self) -> io::Result<()>;

    /// Takes octets.
    ///
    /// # Errors
    /// Those of the system.
    fn take(&mut self, octets: &[u8]) -> io::Result<()>;

    /// Hears how many octets of how many have come (0: unknown); says whether to go on.
    fn go_on(&mut self, octets: u64, of: u64) -> bool;
}

/// Fetches what an address names. Blocks until it is there; not to be called from a task of an async runtime.
///
/// # Errors
/// [`FetchError`]: of the last attempt.
pub fn fetch(address: &str, limits: &Limits, sink: &mut dyn Sink) -> Result<(), FetchError> {
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or_else(|| FetchError::Address(address.to_owned()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| FetchError::Connection(format!("no network: {error}")))?;
    let outcome = runtime.block_on(attempts(&url, limits, sink));
    // What a slow name server still works on is not waited for.
    runtime.shutdown_background();
    outcome
}

async fn attempts(url: &Url, limits: &Limits, sink: &mut dyn Sink) -> Result<(), FetchError> {
    let client = client(limits)?;
    let start = Instant::now();
    let mut pause = limits.pause;
    for attempt in 1.. {
        sink.restart().map_err(FetchError::Sink)?;
        let left = limits.whole.saturating_sub(start.elapsed());
        let mut told = None;
        let Ok(outcome) = timeout(left, once(&client, url, limits, sink, &mut told)).await else {
            return Err(FetchError::Timeout { what: "the whole answer", seconds: limits.whole.as_secs() });
        };
        let error = match outcome {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        // A server that says when to come back is not asked before.
        let wait = told.unwrap_or(pause).max(pause);
        if !error.passes() || attempt >= limits.attempts || start.elapsed().saturating_add(wait) >= limits.whole {
            return Err(error);
        }
        tracing::info!(%url, %error, attempt, "fetching is tried again");
        rest(wait, sink).await?;
        pause = pause.saturating_mul(2);
    }
    Err(FetchError::Cancelled)
}

/// Waits, and heeds who wants it to end.
async fn rest(wait: Duration, sink: &mut dyn Sink) -> Result<(), FetchError> {
    let until = Instant::now() + wait;
    while Instant::now() < until {
        if !sink.go_on(0, 0) {
            return Err(FetchError::Cancelled);
        }
        sleep(until.saturating_duration_since(Instant::now()).min(Duration::from_millis(200))).await;
    }
    Ok(())
}

fn client(limits: &Limits) -> Result<Client, FetchError> {
    let redirects = redirect::Policy::custom(|attempt| {
        let weaker = attempt.previous().last().is_some_and(|from| from.scheme() == "https") && attempt.url().scheme() != "https";
        let problem = if weaker {
            Some(format!("from HTTPS to {}", attempt.url()))
        } else if attempt.previous().len() > MOST_REDIRECTS {
            Some(format!("more than {MOST_REDIRECTS} times"))
        } else {
            None
        };
        match problem {
            Some(problem) => attempt.error(problem),
            None => attempt.follow(),
        }
    });
    Client::builder()
        .connect_timeout(limits.connect)
        .read_timeout(limits.silence)
        .redirect(redirects)
        .referer(false)
        .user_agent(concat!("chancery/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| FetchError::Connection(chain(&error)))
}

async fn once(client: &Client, url: &Url, limits: &Limits, sink: &mut dyn Sink, told: &mut Option<Duration>) -> Result<(), FetchError> {
    let of = |error: reqwest::Error| failure(&error, limits);
    let asked = client.get(url.clone()).header(ACCEPT, "*/*").send();
    let mut answer = stoppable(asked, sink).await?.map_err(of)?;
    if !answer.status().is_success() {
        *told = retry_after(&answer);
        return Err(FetchError::Status(answer.status()));
    }
    // As the header says: `content_length` knows nothing of what was compressed, and nothing is.
    let announced = answer.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<u64>().ok());
    if announced.is_some_and(|octets| octets > limits.most) {
        return Err(FetchError::TooLarge(limits.most));
    }
    let mut octets = 0_u64;
    while let Some(piece) = stoppable(answer.chunk(), sink).await?.map_err(of)? {
        octets = octets.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if octets > limits.most {
            return Err(FetchError::TooLarge(limits.most));
        }
        sink.take(&piece).map_err(FetchError::Sink)?;
        if !sink.go_on(octets, announced.unwrap_or(0)) {
            return Err(FetchError::Cancelled);
        }
    }
    match announced {
        Some(wanted) if wanted != octets => Err(FetchError::Connection(format!("it broke off after {octets} of {wanted} octets"))),
        _ => Ok(()),
    }
}

/// Waits for something of the network, and looks five times a second whether it shall end.
async fn stoppable<T>(work: impl Future<Output = T>, sink: &mut dyn Sink) -> Result<T, FetchError> {
    let mut work = std::pin::pin!(work);
    loop {
        match timeout(Duration::from_millis(200), work.as_mut()).await {
            Ok(done) => return Ok(done),
            Err(_) if sink.go_on(0, 0) => {}
            Err(_) => return Err(FetchError::Cancelled),
        }
    }
}

/// Seconds after which a server wants to be asked again, at most a minute; dates are passed over.
fn retry_after(answer: &Response) -> Option<Duration> {
    let seconds: u64 = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(60)))
}

fn failure(error: &reqwest::Error, limits: &Limits) -> FetchError {
    let said = chain(error);
    if error.is_timeout() {
        return match error.is_connect() {
            true => FetchError::Timeout { what: "the connection", seconds: limits.connect.as_secs() },
            false => FetchError::Timeout { what: "the next octets", seconds: limits.silence.as_secs() },
        };
    }
    if error.is_redirect() {
        return FetchError::Redirect(said);
    }
    if error.is_builder() {
        return FetchError::Address(said);
    }
    // What rustls says of a certificate stands at the bottom of the chain.
    let of_trust = ["invalid peer certificate", "certificate", "UnknownIssuer", "handshake"];
    if error.is_connect() && of_trust.iter().any(|word| said.contains(word)) {
        return FetchError::Trust(said);
    }
    FetchError::Connection(said)
}

/// An error with what lies behind it; the address is told by who asked.
fn chain(error: &reqwest::Error) -> String {
    let mut texts = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
        cause = inner.source();
    }
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}

#[cfg(test)]
mod tests;
