//! The only place that reads the system's time zone rules. They are used if they are newer than the
//! compiled-in ones, because governments change clocks more often than a school installs a new `attend`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::{env, fs};

use crate::domain::time::zone::{COMPILED_IN, RuleSet, Rules, Zone, version_in};

/// Where systems keep their rules.
const FOLDERS: [&str; 3] = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"];

/// Longest first line that is read, in bytes.
const FIRST_LINE: u64 = 200;

/// The rules in a folder if they are newer than the compiled-in ones, else those.
fn newest(folders: &[PathBuf]) -> RuleSet {
    let newer = folders.iter().find_map(|folder| {
        let version = version_of(folder).filter(|version| version.as_str() > COMPILED_IN)?;
        Some(RuleSet { version, folder: Some(folder.clone()) })
    });
    newer.unwrap_or_else(RuleSet::compiled_in)
}

/// A zone under a set of rules. A zone whose file is missing or damaged keeps its compiled-in rules.
fn under(rules: &RuleSet, zone: Zone) -> Zone {
    let bytes = rules.folder.as_ref().and_then(|folder| fs::read(folder.join(zone.name())).ok());
    let rules = bytes.and_then(|bytes| Rules::from_tzif(zone.name(), &bytes));
    rules.map_or(zone, |rules| zone.with_rules(Box::leak(Box::new(rules))))
}

/// The rules in force in this process. They are read once, so that one command never mixes two
/// versions.
pub(crate) fn rules() -> &'static RuleSet {
    static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
        let named = env::var_os("TZDIR").filter(|folder| !folder.is_empty());
        let folders = named.map_or_else(|| FOLDERS.map(PathBuf::from).to_vec(), |folder| vec![folder.into()]);
        newest(&folders)
    });
    &RULES
}

/// A zone under the rules in force.
pub(crate) fn in_force(zone: Zone) -> Zone {
    /// Each zone is read, and leaked, at most once.
    static READ: Mutex<BTreeMap<&'static str, Zone>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    *read.entry(zone.name()).or_insert_with(|| under(rules(), zone))
}

/// The version of the rules in a folder, from the first line of its `tzdata.zi`.
fn version_of(folder: &Path) -> Option<String> {
    let mut first = String::new();
    let file = fs::File::open(folder.join("tzdata.zi")).ok()?;
    BufReader::new(file).take(FIRST_LINE).read_line(&mut first).ok()?;
    version_in(&first).map(str::to_owned)
}
