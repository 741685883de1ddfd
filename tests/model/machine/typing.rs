//! Command lines: words, names, and picks from lists.

use crate::operations::Pick;

const GROUPS: [Option<&str>; 4] = [Some("A"), Some("B"), Some("C"), None];

pub fn group_name(group: Pick) -> Option<String> {
    GROUPS[usize::from(group) % GROUPS.len()].map(str::to_owned)
}

pub fn group_names(groups: Pick) -> Vec<String> {
    let sets: [&[&str]; 5] = [&[], &[], &["A"], &["B", "C"], &["B"]];
    sets[usize::from(groups) % sets.len()].iter().map(|&group| group.to_owned()).collect()
}

pub fn name_of(code: &str) -> String {
    format!("Ada {code}")
}

pub fn with_from(mut args: Vec<String>, from: Option<String>) -> Vec<String> {
    args.extend(from.into_iter().flat_map(|from| ["--from".to_owned(), from]));
    args
}

pub fn pick<T>(list: &[T], index: Pick) -> Option<&T> {
    (!list.is_empty()).then(|| &list[usize::from(index) % list.len()])
}

pub fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

pub fn quoted(args: &[&str]) -> String {
    let quote = |arg: &&str| if arg.contains(' ') { format!("'{arg}'") } else { (*arg).to_owned() };
    args.iter().map(quote).collect::<Vec<_>>().join(" ")
}
