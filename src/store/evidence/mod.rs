//! Recognitions and their records, cameras, signs of life, keys, refused lines.

pub mod cameras;
pub mod coverage;
pub mod heartbeats;
pub mod keys;
pub mod quarantine;
pub mod recognitions;
pub mod records;
pub mod reviews;
pub mod signs;
