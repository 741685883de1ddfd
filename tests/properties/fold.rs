//! The fold: a record follows rule 3 of docs/rules.md, in any order of arrival.

use std::collections::BTreeMap;
use std::sync::Arc;

use attend::domain::evidence::camera::{CameraId, KnownCamera};
use attend::domain::evidence::recognition::{Recognition, Verdict};
use attend::domain::evidence::record::{Accepted, Best, Low, Policy, Record};
use attend::domain::time::{Instant, Span};

use super::Choices;

const CAMERAS: [&str; 3] = ["gate-1", "gate-10", "gate-2"];
/// The most recognitions. A few are enough for every case.
const LONGEST: usize = 40;
const SCORES: [f64; 8] = [0.0, 0.749_999_999_999_999_9, 0.75, 0.76, 0.765, 0.77, 0.9, 1.0];

pub fn hold(input: &[u8]) {
    let mut choices = Choices(input);
    let policy = Policy {
        min_score: choices.one_of(&[0.75, 0.0, 0.77, 1.0]),
        reregister_window: Span::from_micros(choices.one_of(&[10_000_000, 0, 1, 86_400_000_000])),
        min_improve_delta: choices.one_of(&[0.01, 0.0, 0.5, 1.0]),
    };
    let arrived = recognitions(&mut choices);
    let mut timeline = arrived.clone();
    timeline.sort_by(Recognition::time_order);
    let (expected, verdicts) = by_the_rules(&timeline, &policy);
    assert_eq!(Record::fold(&timeline, &policy), expected);
    step_by_step(&timeline, &policy, &expected, &verdicts);
    as_they_arrive(&arrived, &policy, &expected);
    at_another_time(&timeline, &policy, &expected);
    nothing_is_lost(&timeline, &policy, &expected, &verdicts);
}

/// A camera of the school. Its identity does not follow its name.
fn known(name: &str) -> Arc<KnownCamera> {
    let nth = CAMERAS.iter().rev().position(|camera| *camera == name).unwrap();
    Arc::new(KnownCamera::new(CameraId(nth.try_into().unwrap()), name))
}

/// In the order of arrival; of two scores for one identity the higher is kept.
fn recognitions(choices: &mut Choices) -> Vec<Recognition> {
    let mut facts: BTreeMap<(Instant, &str), usize> = BTreeMap::new();
    let mut arrived: Vec<Recognition> = Vec::new();
    while choices.more() && arrived.len() < LONGEST {
        let slot = i64::from(choices.byte());
        let micros = slot / 4 * 5_000_000 + [0, 1, 4_999_999, 2_500_000][usize::try_from(slot % 4).unwrap()];
        let (ts, camera) = (Instant::from_micros(micros), choices.one_of(&CAMERAS));
        let score = match choices.byte() {
            grid @ 0..128 => SCORES[usize::from(grid) % SCORES.len()],
            other => f64::from(other - 128) / 127.0,
        };
        let crop = choices.one_of(&[None, Some("a.jpg"), Some("b.jpg")]).map(Into::into);
        let recognition = Recognition { ts, camera: known(camera), score, crop, confirmed: false };
        match facts.get(&(ts, camera)) {
            Some(nth) if arrived[*nth].score < score => arrived[*nth] = recognition,
            Some(_) => {}
            None => {
                facts.insert((ts, camera), arrived.len());
                arrived.push(recognition);
            }
        }
    }
    arrived
}

/// Rule 3 for the whole timeline at once.
fn by_the_rules(timeline: &[Recognition], policy: &Policy) -> (Record, Vec<Verdict>) {
    let (accepted, low): (Vec<&Recognition>, Vec<_>) =
        timeline.iter().partition(|recognition| recognition.score >= policy.min_score);
    let mut verdicts = BTreeMap::new();
    let mut best: Vec<&Recognition> = accepted.first().copied().into_iter().collect();
    for (nth, recognition) in accepted.iter().enumerate() {
        let before = nth.checked_sub(1).map(|before| accepted[before]);
        let (window, since) = (policy.reregister_window, before.map(|before| recognition.ts - before.ts));
        let recent = window > Span::ZERO && since.is_some_and(|since| since < window);
        let better = recognition.score > best[best.len() - 1].score + policy.min_improve_delta;
        let verdict = Verdict {
            accepted: true,
            created: before.is_none(),
            improved: before.is_none() || better,
            held_by_window: before.is_some() && better && recent,
            updated_best: before.is_some() && better && !recent,
        };
        if verdict.updated_best {
            best.push(recognition);
        }
        verdicts.insert((recognition.ts, recognition.camera.name.clone()), verdict);
    }
    let of =
        |recognition: &Recognition| verdicts.get(&(recognition.ts, recognition.camera.name.clone())).copied();
    let told = timeline.iter().map(|recognition| of(recognition).unwrap_or_default()).collect();
    (Record { seen: seen(&accepted, &best), low: lows(&low) }, told)
}

fn count(recognitions: &[&Recognition]) -> u32 {
    u32::try_from(recognitions.len()).unwrap()
}

/// `best` are those that were the best at their turn.
fn seen(accepted: &[&Recognition], best: &[&Recognition]) -> Option<Accepted> {
    let (first, last, latest_best) = (accepted.first()?, accepted.last()?, best.last()?);
    Some(Accepted {
        first: first.ts,
        last: last.ts,
        sightings: count(accepted),
        best_seen: latest_best.ts,
        best_score: latest_best.score,
        best_camera: latest_best.camera.clone(),
        best_crop: best.iter().rev().find_map(|best| best.crop.clone()),
    })
}

fn lows(low: &[&Recognition]) -> Option<Low> {
    let (first, last) = (low.first()?, low.last()?);
    // Of equals the earliest: the one met first.
    let best = low.iter().copied().reduce(|a, b| if b.score > a.score { b } else { a })?;
    Some(Low {
        sightings: count(low),
        first: first.ts,
        last: last.ts,
        best_score: best.score,
        best_seen: best.ts,
        best_camera: best.camera.clone(),
    })
}

/// Folding one by one or with only the best in memory gives the same verdicts.
fn step_by_step(timeline: &[Recognition], policy: &Policy, expected: &Record, verdicts: &[Verdict]) {
    let (mut record, mut best) = (Record::default(), None);
    for (recognition, verdict) in timeline.iter().zip(verdicts) {
        assert_eq!(record.apply(recognition, policy), *verdict, "{recognition:?}");
        assert_eq!(Best::judge(&mut best, recognition.ts, recognition.score, policy), *verdict);
    }
    assert_eq!(record, *expected);
}

/// Folds like ingest: recognitions later than all accepted ones, and low scores, are applied to the record directly.
/// For any other the timeline is folded again.
fn as_they_arrive(arrived: &[Recognition], policy: &Policy, expected: &Record) {
    let mut record = Record::default();
    let mut timeline: Vec<Recognition> = Vec::new();
    for recognition in arrived {
        let place = timeline.partition_point(|other| other.time_order(recognition).is_lt());
        timeline.insert(place, recognition.clone());
        let latest = record.seen.as_ref().is_none_or(|seen| seen.last < recognition.ts);
        if latest || recognition.score < policy.min_score {
            record.apply(recognition, policy);
        } else {
            record = Record::fold(&timeline, policy);
        }
        assert_eq!(record, Record::fold(&timeline, policy), "after {recognition:?}");
    }
    assert_eq!(record, *expected);
}

/// The same recognitions a day later give the same record a day later.
fn at_another_time(timeline: &[Recognition], policy: &Policy, expected: &Record) {
    let day = Span::days(1);
    let later: Vec<Recognition> =
        timeline.iter().map(|r| Recognition { ts: r.ts + day, ..r.clone() }).collect();
    let mut record = Record::fold(&later, policy);
    for instant in
        record.seen.iter_mut().flat_map(|seen| [&mut seen.first, &mut seen.last, &mut seen.best_seen])
    {
        *instant = *instant - day;
    }
    for instant in record.low.iter_mut().flat_map(|low| [&mut low.first, &mut low.last, &mut low.best_seen]) {
        *instant = *instant - day;
    }
    assert_eq!(record, *expected);
}

/// Every recognition is counted once, and the best is as good as the delta and the window allow.
fn nothing_is_lost(timeline: &[Recognition], policy: &Policy, record: &Record, verdicts: &[Verdict]) {
    let low = record.low.as_ref().map_or(0, |low| low.sightings);
    let seen = record.seen.as_ref().map_or(0, |seen| seen.sightings);
    assert_eq!(usize::try_from(low + seen).unwrap(), timeline.len());
    let held = verdicts.iter().any(|verdict| verdict.held_by_window);
    assert!(!held || policy.reregister_window > Span::ZERO);
    if let Some(seen) = &record.seen
        && !held
    {
        let enough = seen.best_score + policy.min_improve_delta;
        assert!(timeline.iter().all(|recognition| recognition.score <= enough));
    }
}
