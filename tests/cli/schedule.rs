//! `attend schedule`.
