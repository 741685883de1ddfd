//! Kills, power cuts, full disks and hostile input.

pub mod campaign;
mod campaign_files;
mod far_times;
pub mod full_disk;
pub mod fuzz;
pub mod gone;
pub mod hostile;
pub mod interruptions;
pub mod permissions;
pub mod power_cut;
