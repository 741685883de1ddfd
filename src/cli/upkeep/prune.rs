//! `attend prune`.

use clap::Args;

use crate::cli::{Session, args};
use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::commands::upkeep::own_clock::refuse_wrong;
use crate::commands::upkeep::prune::{self, PruneProgress, Pruned, Request};
use crate::commands::watch::job;
use crate::domain::time::day::Day;
use crate::domain::upkeep::retention::{Age, Plan};
use crate::domain::watch::job::Batch;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::text::{bytes, counted};
use crate::report::upkeep::prune as report;
use crate::store::Store;
use crate::ui::progress::Progress;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend prune\n  attend prune --older-than 12w --dry-run\n  attend prune --records-older-than 2024-08-01 --dry-run\n\nWhole days are deleted: everything before the midnight of the cut-off date, in the school's zone. Records and marks stay, and registers do not change. Lines of pruned days are refused from then on. Runners can send meanwhile. If it is interrupted, run it again. More: docs/operations.md."
)]
pub(crate) struct PruneArgs {
    /// Maximum age of events, in days, weeks or months [default: the setting retention_days]
    #[arg(long, value_name = "90d|12w|6mo", value_parser = args::age)]
    older_than: Option<Age>,
    /// Also delete records, marks and occurrences before this date, for good
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    records_older_than: Option<Day>,
    /// Show the plan, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Confirm deleting records and marks
    #[arg(long, requires = "records_older_than")]
    yes: bool,
    /// Allow deleting every recognition
    #[arg(long)]
    all: bool,
}

impl PruneArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let caller = session.caller(None);
        let mut store = session.store()?;
        refuse_wrong(&mut store, session.clock)?;
        let today = session.today(&mut store)?;
        let request = Request {
            older_than: self.older_than,
            records_older_than: self.records_older_than.map(|day| day.date(today)),
            all: self.all,
        };
        if self.dry_run {
            let (plan, zone) = prune::plan(&mut store, &request, &caller)?;
            session.show(&report::plan(&plan, caller.now, zone))?;
            return Ok(Code::Done);
        }
        // Planning is part of the run, so that a plan that is refused every night shows in the list of jobs.
        let pruned = job::run(&mut store, Batch::Prune, &caller, |store, _| {
            let (plan, zone) = prune::plan(store, &request, &caller)?;
            if session.format.is_some() {
                session.show(&report::plan(&plan, caller.now, zone))?;
            }
            if !self.yes {
                refuse_register(&plan)?;
            }
            apply(session, store, &plan, &caller)
        })?;
        session.ui.note(&said(&pruned));
        Ok(Code::Done)
    }
}

fn apply(session: &Session, store: &mut Store, plan: &Plan, caller: &Caller) -> Result<Pruned> {
    let bar = Progress::rows(session.ui.progress, total(plan));
    let pruned = prune::apply(store, plan, caller, &|step| match step {
        PruneProgress::Rows(done) => bar.set(done),
        PruneProgress::Pages { done, total } => bar.freeing(done, total),
    });
    bar.done();
    pruned
}

fn total(plan: &Plan) -> u64 {
    let register =
        plan.register.map_or(0, |register| register.records + register.marks + register.occurrences);
    plan.rows() + register
}

/// Never asks, because the job may run unattended. Deleting records needs `--yes`.
fn refuse_register(plan: &Plan) -> Result<()> {
    match &plan.register {
        Some(register) if register.occurrences > 0 => {
            let (records, marks) = (counted(register.records, "record"), counted(register.marks, "mark"));
            let message =
                format!("this would delete {records} and {marks} before {} for good", register.keeps_from);
            Err(Problem::new(Kind::Refused, message).hint("make a backup, then add --yes").into())
        }
        _ => Ok(()),
    }
}

fn said(pruned: &Pruned) -> String {
    format!("{} deleted, {} given back", counted(pruned.rows, "row"), bytes(pruned.bytes))
}
