//! Finds the argument that the next word of a command line fills, by the definitions of clap.

use clap::{Arg, Command, Id};

/// A place on a command line.
pub(crate) struct Place<'c> {
    /// The command that the words so far lead to.
    pub command: &'c Command,
    /// Its name, word by word.
    pub path: Vec<&'c str>,
    /// The option whose value comes next, and whether the value is optional.
    pub pending: Option<(&'c Arg, bool)>,
    /// The number of words that are not options.
    pub words: usize,
    /// Whether `--` has ended the options.
    pub only_words: bool,
    /// Options already on the line.
    pub given: Vec<&'c Id>,
    /// The value of `--db`.
    pub db: Option<String>,
}

impl<'c> Place<'c> {
    /// The beginning of a line. The command must be built.
    pub(crate) fn new(command: &'c Command) -> Self {
        let (path, given) = (vec![], vec![]);
        Self { command, path, pending: None, words: 0, only_words: false, given, db: None }
    }

    /// Takes in the next word.
    pub(crate) fn pass(&mut self, word: &str) {
        if let Some((arg, optional)) = self.pending.take()
            && !(optional && word.starts_with('-'))
        {
            self.value(arg, word);
        } else if self.only_words || !word.starts_with('-') || word == "-" {
            self.pass_word(word);
        } else if word == "--" {
            self.only_words = true;
        } else if let Some(long) = word.strip_prefix("--") {
            match long.split_once('=') {
                Some((long, value)) => {
                    if let Some(arg) = self.long(long) {
                        self.value(arg, value);
                    }
                }
                None => {
                    let arg = self.long(long);
                    self.expect(arg);
                }
            }
        } else {
            self.pass_letters(&word[1..]);
        }
    }

    fn pass_word(&mut self, word: &str) {
        match self.command.find_subcommand(word).filter(|_| self.words == 0 && !self.only_words) {
            Some(command) => {
                self.command = command;
                self.path.push(command.get_name());
            }
            None => self.words += 1,
        }
    }

    /// `-qo`: a group of short options. The first that takes a value takes the rest of the word.
    fn pass_letters(&mut self, letters: &str) {
        for (at, letter) in letters.char_indices() {
            let arg = self.command.get_arguments().find(|arg| arg.get_short() == Some(letter));
            let rest = &letters[at + letter.len_utf8()..];
            match arg {
                Some(arg) if takes_value(arg) && !rest.is_empty() => return self.value(arg, rest),
                arg => self.expect(arg),
            }
        }
    }

    fn expect(&mut self, arg: Option<&'c Arg>) {
        let Some(arg) = arg else { return };
        self.given.push(arg.get_id());
        let optional = arg.get_num_args().is_some_and(|number| number.min_values() == 0);
        self.pending = takes_value(arg).then_some((arg, optional));
    }

    fn value(&mut self, arg: &'c Arg, value: &str) {
        self.given.push(arg.get_id());
        if arg.get_long() == Some("db") {
            self.db = Some(value.to_owned());
        }
    }

    /// The option with a long name.
    pub(crate) fn long(&self, name: &str) -> Option<&'c Arg> {
        self.command.get_arguments().find(|arg| arg.get_long() == Some(name))
    }

    /// The argument that the next word fills, unless it is an option.
    pub(crate) fn word(&self) -> Option<&'c Arg> {
        let many = |arg: &&Arg| arg.get_num_args().is_some_and(|number| number.max_values() > 1);
        self.command
            .get_positionals()
            .nth(self.words)
            .or_else(|| self.command.get_positionals().last().filter(many))
    }
}

fn takes_value(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}
