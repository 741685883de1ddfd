//! `attend camera`.

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::cli::{Session, args};
use crate::commands::evidence::camera;
use crate::commands::settings;
use crate::exit::Code;
use crate::report::listing;

/// Cameras: name them, or let each add itself
#[derive(Debug, Args)]
#[command(after_help = "A camera that is not known adds itself with its first valid line.")]
pub struct Camera {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a camera before its runner starts
    #[command(after_help = "Example:\n  attend camera add gate-1 --place \"main gate\"")]
    Add {
        /// The name its runner sends
        #[arg(value_parser = args::camera)]
        name: String,
        /// Where it hangs
        #[arg(long, value_parser = args::line)]
        place: Option<String>,
    },
    /// Rename a camera, or say where it hangs
    #[command(after_help = "Example:\n  attend camera edit gate-1 --place \"back door\"")]
    Edit {
        /// Its name
        #[arg(value_name = "CAMERA")]
        name: String,
        /// Its new name
        #[arg(long = "name", id = "new_name", value_name = "NAME", value_parser = args::camera)]
        new_name: Option<String>,
        /// Where it hangs
        #[arg(long, value_parser = args::line)]
        place: Option<String>,
    },
    /// List cameras
    #[command(after_help = "Example:\n  attend camera list")]
    List,
}

impl Camera {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let caller = session.caller(None);
        match self.command {
            Command::Add { name, place } => {
                camera::add(&mut store, &name, place.as_deref(), &caller)?;
            }
            Command::Edit { name, new_name, place } => {
                camera::edit(&mut store, &name, new_name.as_deref(), place.as_deref(), &caller)?;
            }
            Command::List => {
                let zone = settings::load(&mut store)?.zone;
                session.show(&listing::cameras(&camera::list(&mut store)?, caller.now, zone))?;
            }
        }
        Ok(Code::Done)
    }
}
