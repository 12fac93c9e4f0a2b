//! What the suites share: registries under a clock that stands still, test data, and the judges: other programs that say whether ours is right.

pub mod clipboard;
#[cfg(target_os = "linux")]
pub mod crash;
pub mod damage;
pub mod data;
pub mod judges;
pub mod load;
pub mod master_list;
pub mod mutation;
pub mod outside_root;
pub mod paging;
pub mod pem;
pub mod reading;
pub mod sandbox;
pub mod seeded;
pub mod trials;
pub mod vectors;

pub use sandbox::{NOW, Sandbox, ask};
