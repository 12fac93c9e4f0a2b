#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;

/// What came, and whether to go on.
#[derive(Default)]
struct Kept {
    octets: Vec<u8>,
    restarts: usize,
    stop: bool,
}

impl Sink for Kept {
    fn restart(&mut self) -> io::Result<()> {
        self.octets.clear();
        self.restarts += 1;
        Ok(())
    }
    fn take(&mut self, octets: &[u8]) -> io::Result<()> {
        self.octets.extend_from_slice(octets);
        Ok(())
    }
    fn go_on(&mut self, _: u64, _: u64) -> bool {
        !self.stop
    }
}

/// A server on the loopback that answers the nth request as it is told; the paths that were asked for.
fn server(answer: impl Fn(usize, &mut TcpStream) + Send + Sync + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let paths = Arc::clone(&asked);
    let answer = Arc::new(answer);
    thread::spawn(move || {
        let count = AtomicUsize::new(0);
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            paths.lock().unwrap().push(first.split(' ').nth(1).unwrap_or_default().to_owned());
            let nth = count.fetch_add(1, Ordering::Relaxed);
            let answer = Arc::clone(&answer);
            thread::spawn(move || answer(nth, &mut stream));
        }
    });
    (address, asked)
}

fn say(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn quick() -> Limits {
    Limits {
        connect: Duration::from_secs(5),
        silence: Duration::from_millis(400),
        whole: Duration::from_secs(20),
        attempts: 3,
        pause: Duration::from_millis(20),
        most: 1000,
    }
}

#[test]
fn what_passes_is_tried_again_and_nothing_else() {
    for (status, tries) in [("503 Service Unavailable", 3), ("429 Too Many Requests", 3), ("404 Not Found", 1), ("403 Forbidden", 1)] {
        let (address, asked) = server(move |_, stream| say(stream, status, "", b"no"));
        let error = fetch(&address, &quick(), &mut Kept::default()).unwrap_err();
        assert!(matches!(&error, FetchError::Status(code) if status.starts_with(code.as_str())), "{error}");
        assert_eq!((asked.lock().unwrap().len(), error.passes()), (tries, tries > 1), "{status}");
    }
    let (address, _) = server(|nth, stream| match nth {
        0 => say(stream, "500 Internal Server Error", "", b"half an answer"),
        // Less than was announced, and then the end.
        1 => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
        }
        _ => say(stream, "200 OK", "", b"the list"),
    });
    let mut kept = Kept::default();
    fetch(&address, &quick(), &mut kept).unwrap();
    assert_eq!((kept.octets.as_slice(), kept.restarts), (b"the list".as_slice(), 3));
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = fetch(&format!("http://{nobody}/"), &quick(), &mut Kept::default()).unwrap_err();
    assert!(matches!(error, FetchError::Connection(_)), "{error}");
}

#[test]
fn size_and_time_are_limited() {
    let (address, asked) = server(|_, stream| say(stream, "200 OK", "", &[7; 1001]));
    let error = fetch(&address, &quick(), &mut Kept::default()).unwrap_err();
    assert!(matches!(error, FetchError::TooLarge(1000)), "{error}");
    assert_eq!(asked.lock().unwrap().len(), 1);
    // Without end and without a length.
    let (address, _) = server(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        while stream.write_all(&[7; 100]).is_ok() {}
    });
    let error = fetch(&address, &quick(), &mut Kept::default()).unwrap_err();
    assert!(matches!(error, FetchError::TooLarge(1000)), "{error}");
    let (address, asked) = server(|_, _| thread::sleep(Duration::from_secs(3)));
    let error = fetch(&address, &quick(), &mut Kept::default()).unwrap_err();
    assert!(matches!(error, FetchError::Timeout { what: "the next octets", .. }), "{error}");
    assert_eq!(asked.lock().unwrap().len(), 3);
    // An octet now and then is not silence, but it ends all the same.
    let (address, _) = server(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(b".").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let limits = Limits { whole: Duration::from_millis(700), ..quick() };
    let error = fetch(&address, &limits, &mut Kept::default()).unwrap_err();
    assert!(matches!(error, FetchError::Timeout { what: "the whole answer", .. }), "{error}");
}

#[test]
fn redirects_are_few_and_other_protocols_none() {
    let (address, asked) = server(|nth, stream| match nth {
        0..=4 => say(stream, "302 Found", &format!("Location: /{nth}\r\n"), b""),
        _ => say(stream, "200 OK", "", b"there"),
    });
    let mut kept = Kept::default();
    fetch(&format!("{address}/start"), &quick(), &mut kept).unwrap();
    assert_eq!(kept.octets, b"there");
    assert_eq!(*asked.lock().unwrap(), ["/start", "/0", "/1", "/2", "/3", "/4"]);
    let (address, asked) = server(|nth, stream| say(stream, "302 Found", &format!("Location: /{nth}\r\n"), b""));
    let error = fetch(&address, &quick(), &mut Kept::default()).unwrap_err();
    assert!(matches!(error, FetchError::Redirect(_)), "{error}");
    assert_eq!(asked.lock().unwrap().len(), MOST_REDIRECTS + 1);
    for address in ["file:///etc/passwd", "ftp://example.test/x", "nonsense", "http://"] {
        let error = fetch(address, &quick(), &mut Kept::default()).unwrap_err();
        assert!(matches!(error, FetchError::Address(_)), "{address}: {error}");
    }
}

#[test]
fn it_stops_when_it_is_told_to() {
    let (address, _) = server(|_, _| thread::sleep(Duration::from_secs(3)));
    let limits = Limits { silence: Duration::from_secs(30), ..quick() };
    let start = std::time::Instant::now();
    let error = fetch(&address, &limits, &mut Kept { stop: true, ..Kept::default() }).unwrap_err();
    assert!(matches!(error, FetchError::Cancelled), "{error}");
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn an_open_connection_that_speaks_no_tls_is_not_trusted_with_anything() {
    let (address, _) = server(|_, stream| say(stream, "200 OK", "", b"plain"));
    let error = fetch(&address.replace("http:", "https:"), &Limits { attempts: 1, ..quick() }, &mut Kept::default());
    let Err(error) = error else { panic!("plain text was taken for TLS") };
    assert!(matches!(error, FetchError::Connection(_) | FetchError::Trust(_) | FetchError::Timeout { .. }), "{error}");
}
