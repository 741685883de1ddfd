//! `attend summary --email`.

use std::io::Write;

use clap::Args;

use super::super::Session;
use super::{Brief, Shown};
use crate::commands::Caller;
use crate::commands::settings;
use crate::commands::summary::mail::{self, Post};
use crate::commands::summary::{self, Request};
use crate::commands::upkeep::own_clock::refuse_wrong;
use crate::commands::watch::job;
use crate::domain::register::briefing::Briefing;
use crate::domain::register::summary::Head;
use crate::domain::time::Zone;
use crate::domain::time::calendar::local_date;
use crate::domain::watch::job::Batch;
use crate::failure::Result;
use crate::notify::{Attachment, Config, Letter};
use crate::render::Sink;
use crate::render::csv::{Csv, Dialect};
use crate::render::html;
use crate::report::summary::mail::{bulletin, subject};
use crate::report::text::{bytes, counted};
use crate::store::Store;

#[derive(Debug, Args)]
pub(crate) struct Email {
    /// Mail it to the recipients in summary_to of attend.toml, once per date
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
    pub(crate) fn wanted(&self) -> bool {
        self.email
    }

    /// Mails the summary of every date that is due, or prints the mails.
    pub(crate) fn run(
        &self,
        session: &Session,
        store: &mut Store,
        request: &Request,
        zone: Zone,
    ) -> Result<()> {
        let config = session.config()?;
        mail::configured(&config)?;
        refuse_wrong(store, session.clock)?;
        let caller = session.caller(None);
        if self.dry_run {
            let posts = self.posts(store, &config, std::slice::from_ref(request), &caller, zone)?.0;
            let mut out = session.ui.data_out();
            posts.iter().try_for_each(|post| write!(out, "{}", readable(post)))?;
            return Ok(out.flush()?);
        }
        let (posts, delivered) = job::run(store, Batch::Summary, &caller, |store, run| {
            let today = local_date(caller.now, zone);
            let until = match run.until {
                None if mail::is_nightly(request) => mail::begin(store, today, caller.now)?,
                until => until,
            };
            let due = mail::due(request, until, today);
            let (posts, over) = self.posts(store, &config, &due, &caller, zone)?;
            mail::put(store, &posts, &caller)?;
            if mail::is_nightly(request) {
                run.until = run.until.max(if over { Some(today) } else { today.pred_opt() });
            }
            let delivered = mail::deliver(store, &config, &posts, session.clock)?;
            Ok((posts, delivered))
        })?;
        session.ui.note(&match delivered.sent {
            _ if posts.is_empty() => "nothing to mail: no period was held".to_owned(),
            0 => "mailed before; --again mails it once more".to_owned(),
            sent => format!("{} sent", counted(sent, "message")),
        });
        Ok(())
    }

    /// The mails of some summaries, and whether all their days are over. Dates without periods get no mail.
    fn posts(
        &self,
        store: &mut Store,
        config: &Config,
        requests: &[Request],
        caller: &Caller,
        zone: Zone,
    ) -> Result<(Vec<Post>, bool)> {
        let (mut posts, mut over) = (Vec::new(), true);
        for request in requests {
            let mut sheet = Vec::new();
            let brief = write_sheet(store, request, caller, zone, &mut sheet)?;
            over &= brief.head.as_ref().is_none_or(|head| head.is_over(caller.now));
            let Some(head) = brief.head.as_ref().filter(|head| head.days > 0) else { continue };
            let letter = letter(head, brief.briefing.as_ref(), sheet, caller);
            posts.push(mail::post(config, head, &request.groups, letter, self.again, caller.now)?);
        }
        Ok((posts, over))
    }
}

/// A mail as a person reads it, without what only mail programs read.
fn readable(post: &Post) -> String {
    let letter = &post.letter;
    let to: Vec<&str> = post.messages.iter().map(|message| message.recipient.as_str()).collect();
    let files =
        letter.attachments.iter().map(|file| format!("{} ({})", file.name, bytes(file.content.len() as u64)));
    let files: Vec<String> = files.collect();
    format!(
        "To: {}\nSubject: {}\nAttached: {}\n\n{}\n",
        to.join(", "),
        letter.subject,
        files.join(", "),
        letter.text
    )
}

/// Writes the sheet of a mail, and returns the summary above its rows.
fn write_sheet(
    store: &mut Store,
    request: &Request,
    caller: &Caller,
    zone: Zone,
    out: &mut Vec<u8>,
) -> Result<Brief> {
    let dialect = Dialect::Excel(settings::load(store)?.csv_delimiter);
    let mut csv = Csv::new(out, dialect, zone);
    let mut shown = Shown::new(&mut csv);
    summary::read(store, request, caller, &mut shown)?;
    let brief = shown.brief;
    csv.end()?;
    Ok(brief)
}

fn letter(head: &Head, briefing: Option<&Briefing>, sheet: Vec<u8>, caller: &Caller) -> Letter {
    let mut bulletin = bulletin(head, briefing, caller.now, head.zone);
    bulletin.foot.push("Every student is in the sheet attached.".to_owned());
    let (first, last) = (head.dates.start(), head.dates.end());
    let dates = if head.ranged { format!("{first}-to-{last}") } else { first.to_string() };
    Letter {
        subject: subject(head, briefing, caller.now),
        text: bulletin.text(),
        html: Some(html::letter(&bulletin)),
        attachments: vec![Attachment {
            name: format!("attendance-{dates}.csv"),
            kind: "text/csv; charset=utf-8",
            content: sheet,
        }],
        names: true,
    }
}
