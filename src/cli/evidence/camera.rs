//! `attend camera`.

use clap::{Args, Subcommand};

use crate::cli::{Session, args};
use crate::commands::evidence::camera::{self, Edit};
use crate::commands::problem::{Kind, Problem};
use crate::commands::settings;
use crate::domain::evidence::camera::Place;
use crate::domain::time::Instant;
use crate::domain::timetable::place::check_place;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::evidence::camera::{list, plan};

/// Explains the effect of a change about the past on registers.
const FOLLOWS: &str = "periods that have begun are judged as before until attend recompute";

#[derive(Debug, Args)]
#[command(after_help = "An unknown camera registers itself with its first valid line.")]
pub(crate) struct CameraArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a camera before its runner starts
    #[command(after_help = "Example:\n  attend camera add gate-1 --place gate --door")]
    Add {
        /// The name its runner sends
        #[arg(value_parser = args::camera)]
        name: String,
        /// Its place: cameras at one place stand in for each other
        #[arg(long, value_name = "PLACE", value_parser = check_place)]
        place: Option<String>,
        /// The place is a door, which students only pass
        #[arg(long, requires = "place")]
        door: bool,
    },
    /// Rename a camera, or put it at a place
    #[command(
        after_help = "Examples:\n  attend camera edit gate-1 --place gate --door\n  attend camera edit lab-1 --place none"
    )]
    Edit {
        /// Its name
        #[arg(value_name = "CAMERA")]
        name: String,
        /// Its new name
        #[arg(long = "name", id = "new_name", value_name = "NAME", value_parser = args::camera)]
        new_name: Option<String>,
        /// Its place; none: no place
        #[arg(long, value_name = "PLACE", value_parser = check_place)]
        place: Option<String>,
        /// The place is a door, which students only pass
        #[arg(long, conflicts_with = "room")]
        door: bool,
        /// The place is a room, in which students stay
        #[arg(long)]
        room: bool,
        /// When it was moved there [default: now]
        #[arg(long, value_name = "INSTANT", value_parser = args::instant)]
        from: Option<Instant>,
    },
    /// Say that a camera has nothing to watch for a while
    #[command(
        after_help = "Example:\n  attend camera rest gate-1 --until 2026-09-07T14:00:00+03:00\n\nA rest ends with the next heartbeat, at local midnight at the latest."
    )]
    Rest {
        /// Its name
        #[arg(value_name = "CAMERA")]
        name: String,
        /// The end of the rest
        #[arg(long, value_name = "INSTANT", value_parser = args::instant)]
        until: Instant,
    },
    /// Say that a camera was taken down: its past stays
    #[command(after_help = "Examples:\n  attend camera retire gate-1\n  attend camera retire gate-1 --undo")]
    Retire {
        /// Its name
        #[arg(value_name = "CAMERA")]
        name: String,
        /// When it was taken down [default: now]
        #[arg(long, value_name = "INSTANT", value_parser = args::instant)]
        from: Option<Instant>,
        /// Take the retirement back
        #[arg(long)]
        undo: bool,
    },
    /// Propose a place for each camera without one
    #[command(after_help = "Examples:\n  attend camera suggest\n  attend camera suggest --yes")]
    Suggest {
        /// Put the cameras there
        #[arg(long)]
        yes: bool,
    },
    /// List cameras
    #[command(after_help = "Example:\n  attend camera list")]
    List,
}

impl CameraArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let caller = session.caller(None);
        let follows = |about_the_past: bool| {
            if about_the_past {
                session.ui.note(FOLLOWS);
            }
        };
        match self.command {
            Command::Add { name, place, door } => {
                let place = place.map(|name| Place { name: name.into(), door });
                camera::add(&mut store, &name, place, &caller)?;
            }
            Command::Edit { name, new_name, place, door, room, from } => {
                let place = place.map(|place| Some(place).filter(|place| place != "none"));
                let edit = Edit { name: new_name, place, door: (door || room).then_some(door), from };
                let new_name = edit.name.clone().filter(|new_name| *new_name != name);
                follows(camera::edit(&mut store, &name, edit, &caller)?);
                if let Some(new_name) = new_name {
                    session.ui.tell(&format!(
                        "let its runner send {new_name} from now on: lines that still say {name} make a new camera"
                    ));
                }
            }
            Command::Rest { name, until } => camera::rest(&mut store, &name, until, &caller)?,
            Command::Retire { name, from, undo } => {
                follows(camera::retire(&mut store, &name, undo, from, &caller)?);
            }
            Command::Suggest { yes } => {
                let suggestions = camera::suggest(&mut store, &caller)?;
                let zone = settings::load(&mut store)?.zone;
                let has_cameras = !camera::list(&mut store)?.is_empty();
                session.show(&plan(&suggestions, has_cameras, caller.now, zone))?;
                if yes {
                    camera::apply(&mut store, &suggestions, &caller)?;
                } else if !suggestions.is_empty() {
                    return Err(Problem::new(Kind::Refused, "nothing was changed")
                        .hint("attend camera suggest --yes puts the cameras there")
                        .into());
                }
            }
            Command::List => {
                let zone = settings::load(&mut store)?.zone;
                session.show(&list(&camera::list(&mut store)?, caller.now, zone))?;
            }
        }
        Ok(Code::Done)
    }
}
