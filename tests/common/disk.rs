//! A simulated disk: the files of a database after a power cut.
//!
//! Flushed writes survive. Every later write is kept, lost or torn at its sectors, and every later name
//! exists or not, by seeded dice. Writes after a flush may reach the disk in any order.

use std::collections::BTreeMap;

/// The unit that a disk writes as a whole or not at all, in bytes.
const SECTOR: usize = 512;

/// Changes to the files of a folder, by name.
#[derive(Debug, Clone)]
pub enum Event {
    /// A name was given to a new file, unless there is one of that name.
    Made(String),
    /// A name was taken away.
    Removed(String),
    Written {
        name: String,
        at: usize,
        bytes: Vec<u8>,
    },
    /// A file was made shorter or longer.
    Sized {
        name: String,
        size: usize,
    },
    /// A file was flushed, but not its name.
    Flushed(String),
    /// The names were flushed.
    FolderFlushed,
    /// Output reached the reader.
    Said(Vec<u8>),
}

/// A change that may not be on the disk.
enum Change {
    Bytes(usize, Vec<u8>),
    Size(usize),
}

#[derive(Default)]
struct File {
    flushed: Vec<u8>,
    changes: Vec<Change>,
}

/// The files as processes see them, and the part that would survive a power cut.
pub struct Disk {
    files: Vec<File>,
    names: BTreeMap<String, usize>,
    flushed: BTreeMap<String, usize>,
    /// Names that were created or removed since the folder was flushed.
    changes: Vec<(String, Option<usize>)>,
}

impl Disk {
    /// A disk on which everything is flushed.
    pub fn new(files: BTreeMap<String, Vec<u8>>) -> Self {
        let names: BTreeMap<_, _> = files.keys().cloned().zip(0..).collect();
        let file = |flushed| File { flushed, changes: Vec::new() };
        Self {
            files: files.into_values().map(file).collect(),
            flushed: names.clone(),
            names,
            changes: Vec::new(),
        }
    }

    /// Lets something happen.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Made(name) if self.names.contains_key(name) => {}
            Event::Made(name) => {
                self.files.push(File::default());
                self.rename(name, Some(self.files.len() - 1));
            }
            Event::Removed(name) => self.rename(name, None),
            Event::Written { name, at, bytes } => self.change(name, Change::Bytes(*at, bytes.clone())),
            Event::Sized { name, size } => self.change(name, Change::Size(*size)),
            Event::Flushed(name) => {
                let file = &mut self.files[self.names[name]];
                let File { flushed, changes } = file;
                changes.drain(..).for_each(|change| change.apply(flushed, |_| true));
            }
            Event::FolderFlushed => {
                self.changes.clear();
                self.flushed = self.names.clone();
            }
            Event::Said(_) => {}
        }
    }

    fn rename(&mut self, name: &str, file: Option<usize>) {
        set(&mut self.names, name, file);
        self.changes.push((name.to_owned(), file));
    }

    fn change(&mut self, name: &str, change: Change) {
        self.files[self.names[name]].changes.push(change);
    }

    /// The files found after a power cut at this instant.
    pub fn after_a_cut(&self, dice: &mut Dice) -> BTreeMap<String, Vec<u8>> {
        let mut names = self.flushed.clone();
        for (name, file) in &self.changes {
            if dice.below(2) == 0 {
                set(&mut names, name, *file);
            }
        }
        names.into_iter().map(|(name, file)| (name, self.files[file].after_a_cut(dice))).collect()
    }
}

fn set(names: &mut BTreeMap<String, usize>, name: &str, file: Option<usize>) {
    match file {
        Some(file) => drop(names.insert(name.to_owned(), file)),
        None => drop(names.remove(name)),
    }
}

impl File {
    fn after_a_cut(&self, dice: &mut Dice) -> Vec<u8> {
        let mut content = self.flushed.clone();
        for change in &self.changes {
            match dice.below(4) {
                0 | 1 => change.apply(&mut content, |_| true),
                2 => {}
                _ => change.apply(&mut content, |_| dice.below(2) == 0),
            }
        }
        content
    }
}

impl Change {
    /// Applies the sectors that `kept` lets through.
    fn apply(&self, content: &mut Vec<u8>, mut kept: impl FnMut(usize) -> bool) {
        match self {
            Self::Size(size) => {
                if kept(*size) {
                    content.resize(*size, 0);
                }
            }
            Self::Bytes(at, bytes) => {
                let end = at + bytes.len();
                let mut from = *at;
                while from < end {
                    let to = end.min((from / SECTOR + 1) * SECTOR);
                    if kept(from) {
                        content.resize(content.len().max(to), 0);
                        content[from..to].copy_from_slice(&bytes[from - at..to - at]);
                    }
                    from = to;
                }
            }
        }
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to below `sides`.
    pub fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// A file of two sectors, flushed, with two written over it, and a new file beside it.
fn example() -> Disk {
    let mut disk = Disk::new(BTreeMap::from([("a".to_owned(), vec![b'-'; 2 * SECTOR])]));
    let written = |name: &str, bytes| Event::Written { name: name.to_owned(), at: 0, bytes };
    for event in [
        written("a", vec![b'x'; 2 * SECTOR]),
        Event::Made("b".to_owned()),
        written("b", b"new".to_vec()),
        Event::Flushed("b".to_owned()),
    ] {
        disk.apply(&event);
    }
    disk
}

#[test]
fn unflushed_writes_are_kept_lost_or_torn() {
    let mut found: Vec<String> = (0..200)
        .map(|seed| {
            let files = example().after_a_cut(&mut Dice::new(seed));
            assert!(files.get("b").is_none_or(|content| content == b"new"), "its bytes were flushed");
            let a: String = files["a"].chunks(SECTOR).map(|sector| char::from(sector[0])).collect();
            a + if files.contains_key("b") { " b" } else { "" }
        })
        .collect();
    found.sort();
    found.dedup();
    assert_eq!(found, ["--", "-- b", "-x", "-x b", "x-", "x- b", "xx", "xx b"]);
}

#[test]
fn flushed_writes_survive() {
    for seed in 0..50 {
        let mut disk = example();
        disk.apply(&Event::Flushed("a".to_owned()));
        disk.apply(&Event::FolderFlushed);
        let files = disk.after_a_cut(&mut Dice::new(seed));
        assert_eq!((files["a"].as_slice(), files["b"].as_slice()), (&[b'x'; 2 * SECTOR][..], &b"new"[..]));
    }
}
