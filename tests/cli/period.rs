//! `attend period`.
