//! Harm of every kind that a registry meets while no program of ours works on it, or beside one: what is written into its file past us, who holds it, what
//! the clock says.
//!
//! The suites try a part of it for every change; `cargo xtask prove damage` tries all.

pub mod cells;
pub mod clock;
pub mod locked;
pub mod log;
pub mod pages;
