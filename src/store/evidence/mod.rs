//! Recognitions and their records, cameras, signs of life, keys, refused lines.

pub(crate) mod cameras;
pub(crate) mod coverage;
pub(crate) mod heartbeats;
pub(crate) mod keys;
pub(crate) mod quarantine;
pub(crate) mod recognitions;
pub(crate) mod records;
pub(crate) mod reviews;
pub(crate) mod signs;
