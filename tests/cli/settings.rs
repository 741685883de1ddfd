//! `attend settings`.
