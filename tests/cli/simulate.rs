//! `attend simulate`.
