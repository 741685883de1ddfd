//! `attend ingest`.
