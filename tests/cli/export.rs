//! `attend export`.
