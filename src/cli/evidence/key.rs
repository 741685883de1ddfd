//! `attend key`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::output::Output;
use crate::cli::{Session, args};
use crate::commands::evidence::key;
use crate::commands::settings;
use crate::domain::evidence::key::{Key, Scope};
use crate::domain::time::Span;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::evidence::runner as report;
use crate::report::text::counted;
use crate::ui::streams;

#[derive(Debug, Args)]
#[command(after_help = "How to rotate a key, step by step: docs/runners.md.")]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the first key of a runner; it is shown once
    #[command(
        after_help = "Examples:\n  attend key create gate-1 -o gate-1.key\n  attend key create door-pc --cameras gate-1,gate-2 -o door-pc.key\n\nA key without --cameras may send everything. Limits of keys: docs/operations.md, \"Keys\"."
    )]
    Create {
        #[command(flatten)]
        new: New,
    },
    /// Make the next key of a runner; the old one still works until the new one is used
    #[command(after_help = "Example:\n  attend key rotate gate-1 --grace 7d -o gate-1.key")]
    Rotate {
        #[command(flatten)]
        new: New,
        /// How long the old key works after the new one's first use
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = args::span)]
        grace: Span,
    },
    /// Revoke the keys of a runner, or one by its id, at once
    #[command(after_help = "Example:\n  attend key revoke gate-1")]
    Revoke {
        /// Name of the runner, or id of a key
        runner: String,
        #[command(flatten)]
        by: args::By,
    },
    /// List keys; secrets are not kept
    #[command(after_help = "Example:\n  attend key list")]
    List,
}

#[derive(Debug, Args)]
struct New {
    /// Name of the runner
    #[arg(value_parser = args::line)]
    runner: String,
    /// The only cameras it may send for [default: all; rotate: as before]
    #[arg(long, value_name = "CAMERAS", value_delimiter = ',', value_parser = args::camera)]
    cameras: Vec<String>,
    /// It may also send job lines
    #[arg(long, requires = "cameras")]
    jobs: bool,
    /// The key ends by itself after this long
    #[arg(long, value_name = "TIME", value_parser = args::span)]
    expires: Option<Span>,
    /// Write the key to a file that only its owner can read
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    by: args::By,
}

impl New {
    /// The target of the key. It is checked before the key is made, because a key that cannot be written is lost.
    fn output(&self, session: &Session) -> Result<Option<Output>> {
        self.output.as_deref().map(|path| Output::new(session, path)).transpose()
    }

    fn request(&self) -> key::Request {
        let names: BTreeSet<String> = self.cameras.iter().cloned().collect();
        let scope = (!names.is_empty()).then_some(Scope::Cameras { names, jobs: self.jobs });
        key::Request { runner: self.runner.clone(), scope, expires: self.expires }
    }
}

impl KeyArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        match self.command {
            Command::Create { new } => {
                let caller = session.caller(new.by.name());
                let output = new.output(session)?;
                key::create(&mut store, &new.request(), &caller, |key| hand_over(key, output, session))?;
            }
            Command::Rotate { new, grace } => {
                let caller = session.caller(new.by.name());
                let output = new.output(session)?;
                let made = key::rotate(&mut store, &new.request(), grace, &caller)?;
                hand_over(&made, output, session)?;
            }
            Command::Revoke { runner, by } => {
                let revoked = key::revoke(&mut store, &runner, &session.caller(by.name()))?;
                session.ui.note(&format!("{} revoked", counted(revoked, "key")));
            }
            Command::List => {
                let zone = settings::load(&mut store)?.zone;
                session.show(&report::keys(&key::list(&mut store)?, session.clock.now(), zone))?;
            }
        }
        Ok(Code::Done)
    }
}

/// The one time a key is shown.
fn hand_over(key: &Key, output: Option<Output>, session: &Session) -> Result<()> {
    match output {
        Some(file) => file.write(|out| Ok(writeln!(out, "{}", key.reveal())?)),
        None => {
            writeln!(streams::out(), "{}", key.reveal())?;
            session.ui.note("this key is shown once: put it where only its runner can read it");
            Ok(())
        }
    }
}
