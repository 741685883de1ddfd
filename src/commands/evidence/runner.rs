//! Runners: their state, and the number of their recognitions.

use rustc_hash::FxHashMap;

use crate::commands::Caller;
use crate::domain::evidence::camera::CameraId;
use crate::domain::register::panel::{Camera, SLICES};
use crate::domain::time::{Span, Zone};
use crate::failure::Result;
use crate::store::evidence::{heartbeats, recognitions};
use crate::store::{Connection, Store, settings};

/// The runner of every camera by name, with the number of its recognitions in the last `window`.
pub fn list(store: &mut Store, window: Span, caller: &Caller) -> Result<(Vec<Camera>, Zone)> {
    store.read(|conn| Ok((cameras(conn, window, caller)?, settings::load(conn)?.zone)))
}

/// Every camera with its runner and its recognitions in the last `window`, by name.
pub fn cameras(conn: &Connection, window: Span, caller: &Caller) -> Result<Vec<Camera>> {
    let from = caller.now - window;
    let slice = (window.micros() / i64::try_from(SLICES).unwrap_or(1)).max(1);
    let mut events: FxHashMap<CameraId, [u32; SLICES]> = FxHashMap::default();
    recognitions::each_instant(conn, from, caller.now, |camera, ts| {
        let nth = usize::try_from(((ts - from).micros() - 1) / slice).unwrap_or_default();
        events.entry(camera).or_default()[nth.min(SLICES - 1)] += 1;
    })?;
    let with_events = heartbeats::runners(conn)?.into_iter().map(|runner| {
        let events = events.remove(&runner.camera.id).unwrap_or_default();
        Camera { runner, events }
    });
    Ok(with_events.collect())
}
