//! `crash-driver OPERATION FOLDER MINUTES [again]`: runs one operation as of so many minutes after the suites' clock, and prints a line of JSON for each
//! promise. With `again`, what fails is tried once more by the same process on the registry that it has open.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use suite::NOW;
use suite::crash::Operation;
use time::Duration;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (operation, folder, minutes, attempts) = match arguments.as_slice() {
        [operation, folder, minutes] => (operation, folder, minutes, 1),
        [operation, folder, minutes, again] if again == "again" => (operation, folder, minutes, 2),
        _ => {
            eprintln!("usage: crash-driver OPERATION FOLDER MINUTES [again]");
            return ExitCode::from(2);
        }
    };
    let operation: Operation = operation.parse().expect("an operation");
    let now = NOW + Duration::minutes(minutes.parse().expect("minutes"));
    let mut heard = true;
    let outcome = operation.attempt(Path::new(folder), now, attempts, &mut |promise| {
        let line = format!("{}\n", serde_json::to_string(promise).expect("JSON"));
        // One call, so that a line is heard whole or not at all.
        heard &= std::io::stdout().lock().write_all(line.as_bytes()).is_ok();
    });
    match outcome {
        Ok(()) if heard => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => {
            // Standard error may be what fails.
            drop(writeln!(std::io::stderr(), "{error:?}"));
            ExitCode::FAILURE
        }
    }
}
