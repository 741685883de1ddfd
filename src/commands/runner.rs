//! Runners: who is alive, and how busy.

use std::collections::HashMap;

use anyhow::Result;
use chrono_tz::Tz;

use super::Caller;
use crate::domain::runner::Runner;
use crate::domain::time::Span;
use crate::store::{Store, heartbeats, recognitions, settings};

/// A runner with how many recognitions its camera had within a window.
#[derive(Debug)]
pub struct Listed {
    /// Who.
    pub runner: Runner,
    /// How many within the window.
    pub events: u32,
}

/// Every camera's runner by name, with its recognitions of the last `window`.
pub fn list(store: &mut Store, window: Span, caller: &Caller) -> Result<(Vec<Listed>, Tz)> {
    store.read(|conn| {
        let recent = caller.now - window..=caller.now;
        let events: HashMap<i64, u32> = recognitions::per_camera(conn, recent)?;
        let listed = heartbeats::runners(conn)?.into_iter().map(|runner| {
            let events = events.get(&runner.camera.id).copied().unwrap_or_default();
            Listed { runner, events }
        });
        Ok((listed.collect(), settings::load(conn)?.zone))
    })
}
