//! The main job and the bringing over, through the surface, judged by OpenSSL.

mod audit;
mod audit_coverage;
mod backup;
mod bring_over;
mod containers;
mod daily_backup;
mod damaged_cells;
mod explaining;
mod folders;
mod inbox;
mod issue_many;
mod keys;
mod locking;
mod main_job;
mod network_share;
mod recovery;
mod refusals;
mod registry_file;
mod renewal;
mod requests;
mod restore;
mod salvage;
mod schemas;
mod settings;
mod tasks;
mod undo;
