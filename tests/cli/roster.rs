//! `attend roster`.
