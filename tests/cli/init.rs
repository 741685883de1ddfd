//! `attend init`.
