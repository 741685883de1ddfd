//! "Did you mean …?": the nearest known name to one that is not known.

/// The least similarity of a suggested name (Jaro–Winkler, 0 to 1).
const ALIKE: f64 = 0.8;

/// `did you mean "…"?` with the known name nearest to `wrong`, if any is near enough.
pub(crate) fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(wrong, known).map(asked)
}

/// The question whether this name was meant.
pub(crate) fn asked(name: &str) -> String {
    format!("did you mean {name:?}?")
}

/// The known name nearest to `wrong`, if any is near enough.
pub(crate) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wrong, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn the_nearest_name_is_offered_and_strangers_are_not() {
        let known = ["Block 1", "Block 2", "Assembly"];
        assert_eq!(did_you_mean("blok 2", known).as_deref(), Some("did you mean \"Block 2\"?"));
        assert_eq!(did_you_mean("Lunch", known), None);
    }
}
