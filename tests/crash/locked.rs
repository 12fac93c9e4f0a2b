//! Another process holds the registry: everything can be looked at, a write says that it is in use, and works when it is free.

use std::time::Duration;

use suite::damage::locked::held;

/// For how many seconds it is held; a minute in the long proofs.
const HELD: &str = "CHANCERY_LOCKED_SECONDS";

#[test]
fn another_process_holds_the_registry() {
    let seconds = std::env::var(HELD).map_or(6, |text| text.parse().expect("a number of seconds"));
    println!("{:?}", held(Duration::from_secs(seconds)));
}
