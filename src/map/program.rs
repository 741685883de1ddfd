//! A jq program: compiled once, run for each message.
//!
//! A program is trusted like a script, but it is closed: it sees its message and its variables. It cannot see files,
//! the environment, the clock or the machine's time zone.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::native::{Filter, Fun, bome, run, unary, v};
use jaq_core::{Compiler, Ctx, Error, RunPtr, ValT as _, Vars, compile, data};
use jaq_json::Val;

use super::message::Message;
use super::{Fault, json};
use crate::domain::Invalid;
use crate::domain::decimal::Decimal;

/// Functions of jq that look beyond the message, and the reader of JSON, which is replaced by one with bounds.
const WITHHELD: [&str; 5] = ["env", "now", "localtime", "strflocaltime", "fromjson"];

/// Variables of every program: `--camera` or null, the MQTT topic or null, and whether the message was retained.
const VARIABLES: [&str; 3] = ["$camera", "$topic", "$retained"];

/// The kind of data that programs work on.
type Data = data::JustLut<Val>;

/// A program that is ready to run.
pub(crate) struct Program {
    filter: jaq_core::Filter<Data>,
    camera: Val,
}

impl Program {
    /// Compiles `code`. `camera` is the name given by `--camera`.
    ///
    /// # Errors
    /// Code that is not jq, or uses a forbidden function, with the line of the mistake.
    pub(crate) fn compile(code: &str, camera: Option<&str>) -> Result<Self, Invalid> {
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let arena = Arena::default();
        let modules = Loader::new(definitions)
            .load(&arena, File { code, path: () })
            .map_err(|errors| Invalid::new(not_read(code, &errors)))?;
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let functions = functions.filter(|(name, ..)| !WITHHELD.contains(name)).chain(own());
        let filter = Compiler::default()
            .with_funs(functions)
            .with_global_vars(VARIABLES)
            .compile(modules)
            .map_err(|errors| Invalid::new(not_defined(code, &errors)))?;
        let camera = camera.map_or(Val::Null, |name| Val::from(name.to_owned()));
        Ok(Self { filter, camera })
    }

    /// Appends the lines of a message to `out`, and returns their number. Lines before an error are kept.
    pub(crate) fn lines(&self, message: Message, out: &mut Vec<u8>) -> (usize, Result<(), Fault>) {
        let mut written = 0;
        let all = || {
            let topic = message.topic.map_or(Val::Null, Val::from);
            let variables = Vars::new([self.camera.clone(), topic, Val::Bool(message.retained)]);
            let context = Ctx::<Data>::new(&self.filter.lut, variables);
            for value in self.filter.id.run((context, message.value)) {
                let value = value.map_err(|exception| Fault::Program(words(exception.get_err().ok())))?;
                json::write_line(&value, out)?;
                written += 1;
            }
            Ok(())
        };
        // No message may end the stream, not even through a panic in the interpreter.
        let result = catch_unwind(AssertUnwindSafe(all));
        (written, result.unwrap_or_else(|_| Err(Fault::Program("the interpreter failed".to_owned()))))
    }
}

fn words(error: Option<Error<Val>>) -> String {
    error.map_or_else(|| "the program halted".to_owned(), |error| error.to_string())
}

/// The functions that jq does not have, and `fromjson` with a bound on depth.
fn own() -> impl Iterator<Item = Fun<Data>> {
    let scaled: Filter<RunPtr<Data>> =
        ("scaled", v(1), |cv| unary(cv, |value, places| scale(&value, &places)));
    let fromjson: Filter<RunPtr<Data>> = ("fromjson", v(0), |cv| bome(from_json(&cv.1)));
    [run::<Data>(scaled), run::<Data>(fromjson)].into_iter()
}

/// `96.07 | scaled(-2)` is `0.9607`: the number or its text times a power of ten, without binary rounding.
fn scale(value: &Val, places: &Val) -> Result<Val, Error<Val>> {
    let text = match value {
        Val::Num(number) => number.to_string(),
        Val::TStr(text) => String::from_utf8_lossy(text).trim().to_owned(),
        _ => return Err(Error::typ(value.clone(), "number")),
    };
    let places: i64 = places.to_string().parse().map_err(|_| Error::typ(places.clone(), "integer"))?;
    let sound = (-100..=100).contains(&places).then(|| Decimal::parse(&text)).flatten();
    let number = sound.ok_or_else(|| Error::typ(value.clone(), "number"))?;
    Val::from_num(&number.shifted(places))
}

fn from_json(value: &Val) -> Result<Val, Error<Val>> {
    let Val::TStr(text) = value else {
        return Err(Error::typ(value.clone(), "string"));
    };
    json::parse(text).map_err(|fault| Error::str(format!("text is {fault}")))
}

/// Where a piece of the code stands, as a line number.
fn line_of(code: &str, piece: &str) -> usize {
    let start = load::span(code, piece).start.min(code.len());
    code.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1
}

fn not_read(code: &str, errors: &load::Errors<&str, ()>) -> String {
    let Some((_, error)) = errors.first() else { return "it is not jq".to_owned() };
    let (expected, found) = match error {
        load::Error::Io(files) => {
            let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
            return format!("a program reads no other files: {}", names.join(", "));
        }
        load::Error::Lex(errors) => {
            errors.first().map(|(expected, found)| (expected.as_str().to_owned(), *found))
        }
        load::Error::Parse(errors) => {
            errors.first().map(|(expected, found)| (expected.as_str().to_owned(), *found))
        }
    }
    .unwrap_or_default();
    let shown: String = found.chars().take_while(|c| *c != '\n').take(20).collect();
    let shown = if shown.is_empty() { "the end".to_owned() } else { format!("{shown:?}") };
    format!("line {}: expected {expected}, found {shown}", line_of(code, found))
}

fn not_defined(code: &str, errors: &compile::Errors<&str, ()>) -> String {
    let first = errors.iter().flat_map(|(_, errors)| errors).next();
    first.map_or_else(
        || "it is not jq".to_owned(),
        |(name, kind)| format!("line {}: there is no {} {name}", line_of(code, name), kind.as_str()),
    )
}
