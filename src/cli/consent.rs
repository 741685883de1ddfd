//! Consent before an edit changes registers that have begun: a question on a terminal, else `--yes`.

use clap::Args;

use crate::cli::Session;
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{Consent, Edited};
use crate::commands::settings;
use crate::domain::register::effect::{Effect, Unconfirmed};
use crate::failure::{Cause, Result};
use crate::report::register::effect;
use crate::ui::{ask, can_ask, say};

// Whether an edit may change registers that have begun.
#[derive(Debug, Default, Args)]
pub(crate) struct Confirmation {
    /// Change registers that have begun without asking
    #[arg(long)]
    yes: bool,
    /// Show what would change, and change nothing
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
}

impl Confirmation {
    /// Carries out an edit. Asks first if it needs consent. `--dry-run` only prints its effect.
    pub(crate) fn carry_out<T>(
        &self,
        session: &Session,
        edit: impl FnMut(Consent) -> Result<Edited<T>>,
    ) -> Result<T> {
        let Edited { done, effect } = self.attempt(edit)?;
        if self.dry_run {
            let zone = settings::load(&mut session.store()?)?.zone;
            session.show(&effect::report(&effect, session.clock.now(), zone))?;
            session.ui.note("dry run: nothing was changed");
        } else {
            self.note(session, &effect);
        }
        Ok(done)
    }

    /// Like the above, for a caller that prints the result itself. The effect goes to standard error.
    pub(crate) fn carry_out_told<T>(
        &self,
        session: &Session,
        edit: impl FnMut(Consent) -> Result<Edited<T>>,
    ) -> Result<T> {
        let Edited { done, effect } = self.attempt(edit)?;
        if self.dry_run {
            effect::lines(&effect).iter().for_each(|line| say(line));
        } else {
            self.note(session, &effect);
        }
        Ok(done)
    }

    /// Tells what was changed. A row that needed no consent was not shown before, so a script is told, too.
    fn note(&self, session: &Session, effect: &Effect) {
        if effect.is_empty() {
            return;
        }
        let told = format!("changed {}", effect.told());
        if self.yes || effect.must_be_shown() { session.ui.note(&told) } else { session.ui.tell(&told) }
    }

    /// The same for an edit whose caller also prints the effect.
    pub(crate) fn attempt<T>(&self, mut edit: impl FnMut(Consent) -> Result<Edited<T>>) -> Result<Edited<T>> {
        let consent = match (self.dry_run, self.yes) {
            (true, _) => Consent::DryRun,
            (_, true) => Consent::Given,
            _ => Consent::Unasked,
        };
        let mut tried = edit(consent);
        loop {
            match tried {
                Ok(edited) => return Ok(edited),
                Err(error) => {
                    let Cause::Unconfirmed(Unconfirmed { effect }) = error.cause() else { return Err(error) };
                    confirm(effect)?;
                    tried = edit(Consent::To(effect));
                }
            }
        }
    }
}

/// Shows a plan and asks whether to apply it.
fn confirm(effect: &Effect) -> Result<()> {
    effect::lines(effect).iter().for_each(|line| say(line));
    let refused = |hint: &str| {
        let message = format!("not done: this would change {}", effect.told());
        Err(Problem::new(Kind::Refused, message).hint(hint).into())
    };
    if !can_ask() {
        return refused("--yes does it; --dry-run only shows it");
    }
    if ask("Apply this?")? { Ok(()) } else { refused("nothing was changed") }
}
