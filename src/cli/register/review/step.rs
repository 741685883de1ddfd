//! Stepping through the list with single keys.

use std::collections::HashSet;

use crate::cli::Session;
use crate::commands::Caller;
use crate::commands::register::review::{self, Asked, Listing, Request};
use crate::domain::register::review::{Case, Doubt};
use crate::domain::time::Zone;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::evidence::review::{changes, described};
use crate::report::text::counted;
use crate::store::Store;
use crate::ui::{keys, say};

/// Shows one case after the other, newest first, and takes a decision about each.
pub(super) fn run(listing: Listing, session: &Session) -> Result<Code> {
    let mut stepper = Stepper {
        store: session.store()?,
        caller: session.caller(None),
        listing,
        passed: HashSet::new(),
        last: None,
        decided: 0,
    };
    loop {
        let (cases, zone) = stepper.cases()?;
        let Some(case) = cases.first() else {
            say(if stepper.passed.is_empty() { "Nothing needs a look." } else { "That was the last one." });
            break;
        };
        stepper.show(case, cases.len(), zone);
        if stepper.answer(case)? == Next::Leave {
            break;
        }
    }
    if stepper.decided > 0 {
        session.ui.note(&format!("{} made", counted(stepper.decided, "decision")));
    }
    Ok(Code::Done)
}

struct Stepper {
    store: Store,
    caller: Caller,
    listing: Listing,
    /// IDs of cases that were decided or skipped.
    passed: HashSet<String>,
    /// ID of the sighting that was decided last.
    last: Option<String>,
    decided: usize,
}

/// The consequence of an answer.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Case,
    Leave,
}

impl Stepper {
    /// The cases that are left. A decision about one may settle others, so they are read each time.
    fn cases(&mut self) -> Result<(Vec<Case>, Zone)> {
        let (mut cases, zone) = review::list(&mut self.store, &self.listing, &self.caller)?;
        cases.retain(|case| !self.passed.contains(&case.id));
        Ok((cases, zone))
    }

    /// Shows a case, and what each decision would do to the registers.
    fn show(&mut self, case: &Case, left: usize, zone: Zone) {
        say("");
        say(&format!("{left} left · {}", described(case, self.caller.now, zone)));
        if let Some(crop) = &case.crop {
            say(&format!("  {crop}"));
        }
        if case.doubt == Doubt::UnknownName {
            say("  attend student add CODE NAME, then attend quarantine retry, counts it");
        } else {
            let name = case.name.as_deref().unwrap_or(&case.code);
            say(&format!("  a  it is {name}: {}", self.effect(case, Asked::Accept)));
            say(&format!("  r  it is another person: {}", self.effect(case, Asked::Reject)));
            say("  g  it is another student, whose code you type");
        }
        say("  s  skip · u  undo the last decision · q  leave");
    }

    /// Previews a decision: its changes, or the reason why it cannot be made.
    fn effect(&mut self, case: &Case, asked: Asked) -> String {
        match self.decide(&case.id, asked, true) {
            Ok(changes) => changes.join(", "),
            Err(error) => error.to_string(),
        }
    }

    fn answer(&mut self, case: &Case) -> Result<Next> {
        let decidable = case.doubt != Doubt::UnknownName;
        loop {
            let asked = match keys::letter()? {
                None | Some('q') => return Ok(Next::Leave),
                Some('s') => {
                    self.passed.insert(case.id.clone());
                    return Ok(Next::Case);
                }
                Some('u') => match self.last.take() {
                    Some(last) => {
                        self.tell(&last, Asked::Undo)?;
                        self.passed.remove(&last);
                        self.decided -= 1;
                        return Ok(Next::Case);
                    }
                    None => {
                        say("there is no decision to undo");
                        continue;
                    }
                },
                Some('a') if decidable => Asked::Accept,
                Some('r') if decidable => Asked::Reject,
                Some('g') if decidable => match self.right_student(case)? {
                    Some(asked) => asked,
                    None => continue,
                },
                Some(_) => continue,
            };
            self.tell(&case.id, asked)?;
            self.passed.insert(case.id.clone());
            self.last = Some(case.id.clone());
            self.decided += 1;
            return Ok(Next::Case);
        }
    }

    /// Asks for the student whom a sighting shows, and shows what giving it to that student would do.
    fn right_student(&mut self, case: &Case) -> Result<Option<Asked>> {
        let Some(code) = keys::word("code of the right student:")? else { return Ok(None) };
        let asked = Asked::Reassign(code);
        match self.decide(&case.id, asked.clone(), true) {
            Err(error) => {
                say(&error.to_string());
                Ok(None)
            }
            Ok(changes) => {
                say(&format!("{} · y does it", changes.join(", ")));
                Ok((keys::letter()? == Some('y')).then_some(asked))
            }
        }
    }

    fn tell(&mut self, id: &str, asked: Asked) -> Result<()> {
        let changes = self.decide(id, asked, false)?;
        changes.iter().for_each(|change| say(change));
        Ok(())
    }

    fn decide(&mut self, id: &str, asked: Asked, dry_run: bool) -> Result<Vec<String>> {
        let request = Request { id: id.to_owned(), asked, reason: None, dry_run };
        Ok(changes(&review::decide(&mut self.store, &request, &self.caller)?))
    }
}
