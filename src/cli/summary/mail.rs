//! `attend summary --email`: the summary as a letter.

use std::io::{self, Write};

use anyhow::Result;
use chrono_tz::Tz;
use clap::Args;

use super::super::Session;
use super::Whole;
use crate::commands::Caller;
use crate::commands::summary::mail;
use crate::notify::{Attachment, Letter};
use crate::render::Sink;
use crate::render::csv::{Csv, Dialect};
use crate::render::html;
use crate::report::summary::{bulletin, columns, row, subject, totals};
use crate::report::text::counted;
use crate::store::Store;

#[derive(Debug, Args)]
pub struct Email {
    /// Mail it to everybody in summary_to of attend.toml, once for the same dates
    #[arg(long)]
    email: bool,
    /// Mail it even if it was mailed before
    #[arg(long, requires = "email")]
    again: bool,
    /// Print the mail instead of sending it
    #[arg(long, requires = "email")]
    dry_run: bool,
}

impl Email {
    /// Whether a mail is wanted.
    pub fn wanted(&self) -> bool {
        self.email
    }

    /// Sends the summary, or prints the mail. Days without periods are no news.
    pub fn run(
        &self,
        session: &Session,
        store: &mut Store,
        whole: &Whole,
        group: Option<&str>,
        zone: Tz,
    ) -> Result<()> {
        let caller = session.caller(None);
        let Some(head) = whole.head.as_ref().filter(|head| head.days > 0) else {
            session.ui.note("nothing to mail: no period was held");
            return Ok(());
        };
        let config = session.config()?;
        let letter = letter(whole, &caller, zone)?;
        let messages = mail::messages(&config, head, group, &letter, self.again, caller.now)?;
        if self.dry_run {
            let mut out = io::stdout().lock();
            // They differ only in who they go to.
            for message in messages.iter().take(1) {
                out.write_all(&message.body)?;
            }
            return Ok(out.flush()?);
        }
        let delivered = mail::send(store, &config, &messages, &caller, session.clock)?;
        session.ui.note(&match delivered.sent {
            0 => "mailed before; --again mails it once more".to_owned(),
            sent => format!("{} sent", counted(sent, "message")),
        });
        Ok(())
    }
}

fn letter(whole: &Whole, caller: &Caller, zone: Tz) -> Result<Letter> {
    let Some(head) = &whole.head else {
        return Ok(Letter::default());
    };
    let bulletin = bulletin(head, &whole.lines, caller.now, zone);
    let mut sheet = Vec::new();
    let mut csv = Csv::new(&mut sheet, Dialect::Excel, zone);
    csv.begin(&columns(head), &totals(head))?;
    whole.lines.iter().try_for_each(|line| csv.row(&row(head, line)))?;
    csv.end()?;
    drop(csv);
    let (first, last) = (head.dates.start(), head.dates.end());
    let dates = if head.ranged { format!("{first}-to-{last}") } else { first.to_string() };
    Ok(Letter {
        subject: subject(head),
        text: bulletin.text(),
        html: Some(html::page(&bulletin)),
        attachments: vec![Attachment {
            name: format!("attendance-{dates}.csv"),
            kind: "text/csv; charset=utf-8",
            content: sheet,
        }],
        names: true,
    })
}
