//! `attend student`.
