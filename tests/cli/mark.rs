//! `attend mark`.
