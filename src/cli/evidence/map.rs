//! `attend map`.

use std::io::Write as _;

use clap::Args;

use crate::cli::Session;
use crate::commands::evidence::map::{Mapping, PRESETS, Tally, find, run};
use crate::exit::Code;
use crate::failure::Result;
use crate::report::evidence::preset::{Listed, presets};
use crate::report::text::counted;
use crate::ui::pipe::Between;
use crate::ui::say;
use crate::ui::streams;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mosquitto_sub -h broker -F %j -t 'frigate/#' | attend map frigate \\\n      | attend ingest\n  curl -sN --digest -u admin \\\n      http://192.0.2.55/ISAPI/Event/notification/alertStream \\\n      | attend map hikvision --camera door-1\n  cat attlog.dat | attend map zkteco --camera door-1\n  attend map --show frigate > mine.jq\n  cat messages.json | attend map mine.jq\n\nPROGRAM is a preset (attend map --list) or a file of jq that ends in .jq. It sees one message at a time, and $camera, $topic (MQTT) and $retained. `96.07 | scaled(-2)` is 0.9607. Messages that are not understood are counted and skipped; -v shows the first of each kind. Each source: docs/connect.md."
)]
pub(crate) struct MapArgs {
    /// A preset, or a file of jq
    #[arg(value_name = "PRESET|FILE.jq", required_unless_present_any = ["list", "show"])]
    program: Option<String>,
    /// Name of the camera, if messages name none or a different one
    #[arg(long, value_name = "CAMERA")]
    camera: Option<String>,
    /// Pass each line to the program as text
    #[arg(long)]
    raw: bool,
    /// List the presets
    #[arg(long, conflicts_with_all = ["program", "camera", "raw", "show"])]
    list: bool,
    /// Print the program of a preset
    #[arg(long, value_name = "PRESET", conflicts_with_all = ["program", "camera", "raw"])]
    show: Option<String>,
}

impl MapArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        if self.list {
            let listed = PRESETS.iter().map(|preset| Listed {
                name: preset.name,
                needs_camera: preset.needs_camera,
                source: preset.source,
            });
            session.show(&presets(listed, session.clock.now()))?;
        } else if let Some(preset) = self.show {
            streams::out().write_all(find(&preset)?.program.as_bytes())?;
        } else if let Some(program) = &self.program {
            let mapping = Mapping::load(program, self.camera.as_deref(), self.raw)?;
            let tally =
                run(&mapping, &mut Between::streams(), &mut streams::out(), &mut |fault, message| {
                    session.ui.note(&format!("attend: not understood: {fault}: {message}"));
                })?;
            tell(&tally, session);
        }
        Ok(Code::Done)
    }
}

/// Prints the summary. If messages were not understood, it is printed even without -v.
fn tell(tally: &Tally, session: &Session) {
    let messages = counted(tally.messages as usize, "message");
    let lines = counted(tally.lines as usize, "line");
    let words = format!(
        "{messages}: {lines}, {} passed over, {} not understood",
        tally.passed_over,
        tally.not_understood()
    );
    if tally.not_understood() > 0 && !session.quiet {
        say(&format!("attend: {words}"));
    } else {
        session.ui.note(&words);
    }
}
