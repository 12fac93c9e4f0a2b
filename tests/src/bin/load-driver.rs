//! `load-driver write REGISTRY NAME COUNT`, `load-driver read REGISTRY`: one of many programs that use a registry at once. See `suite::load`.

use std::path::Path;
use std::process::ExitCode;

use suite::load;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["write", registry, name, count] => load::write(Path::new(registry), name, count.parse().expect("a count")),
        ["read", registry] => load::read(Path::new(registry)),
        _ => {
            eprintln!("usage: load-driver write REGISTRY NAME COUNT | read REGISTRY");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}
