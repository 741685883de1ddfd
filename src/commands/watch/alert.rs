//! Alerts: reports changes in health to people once. People can acknowledge and mute them.

use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::commands::watch::{health, job, outbox};
use crate::domain::Invalid;
use crate::domain::settings::Settings;
use crate::domain::suggest::did_you_mean;
use crate::domain::time::calendar::rfc3339;
use crate::domain::time::{Instant, Zone};
use crate::domain::watch::alerts::{Memory, Mute, News, Policy, muted, step};
use crate::domain::watch::health::{Check, Facts, HealthReport, name};
use crate::domain::watch::job::Batch;
use crate::domain::watch::message::Message;
use crate::failure::Result;
use crate::notify::{Config, Letter, web};
use crate::store::upkeep::audit;
use crate::store::watch::alerts;
use crate::store::{Connection, Store, settings};

/// News without its words.
#[derive(Debug)]
pub(crate) struct Notice<'a> {
    /// The school's name.
    pub school: &'a str,
    /// The news. Never empty.
    pub news: &'a [News],
    /// When.
    pub now: Instant,
    /// The school's zone.
    pub zone: Zone,
}

/// Words a notification.
pub(crate) type Words<'a> = &'a dyn Fn(&Notice) -> Letter;

/// Runs the checks, stores the alerts, and adds the messages to the outbox, all in one transaction, so
/// that a crash neither loses nor repeats a message. It does not deliver them.
pub(crate) fn watch(
    store: &mut Store,
    config: &Config,
    words: Words,
    caller: &Caller,
) -> Result<(HealthReport, Facts)> {
    if !has_recipients(config) {
        return Err(Problem::new(Kind::Config, "health --notify has no recipients")
            .hint("set mail.alerts_to, slack.webhook, [[webhook]] or alerts.ping_url in attend.toml")
            .into());
    }
    job::run(store, Batch::Health, caller, |store, run| {
        store.write(|conn| {
            let settings = settings::load(conn)?;
            let (health, facts) = health::look(conn, &settings, caller)?;
            let news = remember(conn, &settings, &health, &facts, caller)?;
            if !news.is_empty() {
                let notice =
                    Notice { school: settings.school(), news: &news, now: caller.now, zone: settings.zone };
                let key = format!("alert/{}", run.id.0);
                outbox::add(conn, &messages(config, &key, &words(&notice), caller.now), caller.now)?;
            }
            Ok((health, facts))
        })
    })
}

/// Requests `alerts.ping_url`, if configured, so that an outside monitor sees the run. Returns the
/// error, if any.
pub(crate) fn ping(config: &Config) -> Option<String> {
    let trouble = web::ping(config.alerts.ping.as_ref()?).trouble()?;
    Some(trouble.to("ping").why)
}

/// Whether a recipient of alerts or a monitor is configured.
fn has_recipients(config: &Config) -> bool {
    config.alerts.ping.is_some() || config.routes().iter().any(|route| route.takes_alerts())
}

fn remember(
    conn: &Connection,
    settings: &Settings,
    health: &HealthReport,
    facts: &Facts,
    caller: &Caller,
) -> Result<Vec<News>> {
    let mutes = alerts::mutes(conn)?;
    let policy = Policy {
        after: settings.alert_after,
        mutes: &mutes,
        open: facts.calendar().is_open(caller.now),
        now: caller.now,
    };
    let step = step(alerts::list(conn)?, health, policy);
    alerts::replace(conn, &step.memory)?;
    Ok(step.news)
}

/// The letter to each recipient of alerts, by every configured route.
fn messages(config: &Config, key: &str, letter: &Letter, now: Instant) -> Vec<Message> {
    config.routes().into_iter().flat_map(|route| route.alerts(key, letter, now)).collect()
}

/// A problem with its alert state.
#[derive(Debug)]
pub(crate) struct Open {
    /// The stored alert.
    pub memory: Memory,
    /// The end of its mute.
    pub muted_until: Option<Instant>,
}

/// Open alerts, mutes and health.
#[derive(Debug)]
pub(crate) struct Listed {
    /// Problems that are remembered.
    pub open: Vec<Open>,
    /// The checks and subjects that send no notification.
    pub mutes: Vec<Mute>,
    /// The present result of the checks.
    pub health: HealthReport,
    /// The school's zone.
    pub zone: Zone,
}

/// All open and muted problems.
pub(crate) fn list(store: &mut Store, caller: &Caller) -> Result<Listed> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let (health, _) = health::look(conn, &settings, caller)?;
        let mut mutes = alerts::mutes(conn)?;
        mutes.retain(|mute| mute.until > caller.now);
        let open = alerts::list(conn)?.into_iter().map(|memory| Open {
            muted_until: muted(&mutes, memory.check, &memory.subject, caller.now),
            memory,
        });
        Ok(Listed { open: open.collect(), health, zone: settings.zone, mutes })
    })
}

/// A check, or one subject of it: `runners`, or `runners:gate-2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    check: Check,
    subject: Option<String>,
}

impl std::str::FromStr for Target {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (word, subject) = match text.split_once(':') {
            Some((word, subject)) => (word, Some(subject.to_owned())),
            None => (text, None),
        };
        let check = Check::named(word).ok_or_else(|| {
            let words = Check::ALL.map(Check::word);
            let hint = did_you_mean(word, words);
            Invalid::new(format!("no check is called {word:?}"))
                .hint(hint.unwrap_or_else(|| format!("the checks are {}", words.join(", "))))
        })?;
        Ok(Self { check, subject })
    }
}

impl Target {
    fn name(&self) -> String {
        name(self.check, self.subject.as_deref().unwrap_or_default())
    }

    fn covers(&self, memory: &Memory) -> bool {
        memory.check == self.check && self.subject.as_ref().is_none_or(|subject| *subject == memory.subject)
    }
}

/// Acknowledges a problem: no reminders until it is resolved or becomes worse. Returns the number of
/// acknowledged problems.
pub(crate) fn ack(store: &mut Store, target: &Target, caller: &Caller) -> Result<usize> {
    store.write(|conn| {
        let open = alerts::list(conn)?;
        let meant: Vec<&Memory> = open.iter().filter(|memory| memory.bad && target.covers(memory)).collect();
        if meant.is_empty() {
            let problem = Problem::new(Kind::Refused, format!("{} has no open problem", target.name()));
            return Err(problem.hint("attend alert list shows what is open").into());
        }
        for memory in &meant {
            alerts::ack(conn, memory.check, &memory.subject, &caller.by, caller.now)?;
        }
        audit::add(conn, &caller.deed("alert ack", target.name()))?;
        Ok(meant.len())
    })
}

/// Mutes a check or a subject until an instant.
pub(crate) fn mute(store: &mut Store, target: &Target, until: Instant, caller: &Caller) -> Result<()> {
    if until <= caller.now {
        return Err(Problem::new(Kind::Usage, "the instant must be in the future")
            .hint("give a future time, such as 2h or 2026-09-13")
            .into());
    }
    let mute = Mute { target: target.name(), until, by: caller.by.clone() };
    store.write(|conn| {
        alerts::mute(conn, &mute, caller.now)?;
        let zone = settings::load(conn)?.zone;
        let detail = format!("{} until {}", mute.target, rfc3339(until, zone));
        Ok(audit::add(conn, &caller.deed("alert mute", detail))?)
    })
}

/// Deletes a mute. Returns whether there was one.
pub(crate) fn unmute(store: &mut Store, target: &Target, caller: &Caller) -> Result<bool> {
    store.write(|conn| {
        let muted = alerts::unmute(conn, &target.name())?;
        if muted {
            audit::add(conn, &caller.deed("alert unmute", target.name()))?;
        }
        Ok(muted)
    })
}
