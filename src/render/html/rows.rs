//! Any report as a page: a table below each heading, written row by row.

use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};

use super::{CLOSING, Frame, Kind, Outside, class, line};
use crate::render::{Sink, plain};
use crate::report::text::width;
use crate::report::{Heading, Tone, Value, Words};

const KIND: Kind = Kind { style: include_str!("rows.css"), script: None, class: "rows" };

/// A sink of one page.
pub(crate) struct Page<'a> {
    out: &'a mut dyn Write,
    frame: Frame<'a>,
    columns: Vec<Heading>,
    /// Whether a table is open.
    open: bool,
    sections: usize,
    rows: usize,
    /// The heading of the section, which labels its table for screen readers.
    caption: String,
    /// The text shown instead of rows.
    empty: String,
    /// The meaning of the words, shown below the rows.
    legend: Option<String>,
}

impl<'a> Page<'a> {
    /// Writes to `out`.
    pub(crate) fn new(out: &'a mut dyn Write, frame: Frame<'a>) -> Self {
        let (columns, caption) = Default::default();
        let empty = "Nothing to show.".to_owned();
        Self { out, frame, columns, open: false, sections: 0, rows: 0, caption, empty, legend: None }
    }

    fn put(&mut self, markup: Markup) -> io::Result<()> {
        self.out.write_all(markup.into_string().as_bytes())
    }

    fn close_table(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.open) { self.out.write_all(b"</tbody></table></div>\n") } else { Ok(()) }
    }

    fn open_table(&mut self) -> io::Result<()> {
        self.open = true;
        let name = if self.caption.is_empty() { &self.frame.title } else { &self.caption };
        let table = html! {
            (PreEscaped(format!("<div class=\"sheet\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">", html! { (name) }.into_string())))
            (PreEscaped("<table>"))
            thead { tr { @for (_, column) in shown(&self.columns) {
                th scope="col" class=[column.right.then_some("n")] { (column.words()) }
            } } }
            (PreEscaped("<tbody>\n"))
        };
        self.put(table)
    }
}

/// Texts that are no wider than this stay on one line in any column.
const SHORT: usize = 10;

/// A cell. The name heads its row. Texts of any length may be broken anywhere, others stay on one line.
fn cell(column: &Heading, is_name: bool, text: &str, tone: Tone) -> Markup {
    let shown = Outside(text.trim_end());
    let look = match column {
        _ if is_name => return html! { th { (shown) } },
        Heading { right: true, .. } => Some("n"),
        Heading { elastic: true, .. } if width(text) > SHORT => Some("long"),
        _ => class(tone),
    };
    html! { td class=[look] { (shown) } }
}

/// The columns of a page, with their indexes.
fn shown(columns: &[Heading]) -> impl Iterator<Item = (usize, &Heading)> {
    columns.iter().enumerate().filter(|(_, column)| column.shown.is_some() && !column.detail)
}

impl Sink for Page<'_> {
    fn begin(&mut self, columns: &[Heading], _: &[(&'static str, Value)]) -> io::Result<()> {
        self.columns = columns.to_vec();
        let opening = html! {
            (self.frame.opening(KIND, ""))
            (self.frame.header())
            (PreEscaped("<main>\n"))
        };
        self.put(opening)
    }

    /// Lines before an empty one are about the whole report. The first line of a section is its heading.
    fn section(&mut self, heading: &[Vec<Words>]) -> io::Result<()> {
        self.close_table()?;
        self.sections += 1;
        let whole = heading.iter().rposition(Vec::is_empty).map_or(0, |blank| blank + 1);
        let (above, own) = heading.split_at(whole);
        let own = own.split_first();
        self.caption = own.map_or(String::new(), |(first, _)| {
            first.iter().map(|words| words.text.trim()).collect::<Vec<_>>().join(" ")
        });
        let markup = html! {
            @for words in above.iter().filter(|words| !words.is_empty()) { p { (line(words)) } }
            @if let Some((first, rest)) = own {
                h2 { (line(first)) }
                @for words in rest { p { (line(words)) } }
            }
        };
        self.put(markup)
    }

    fn row(&mut self, row: &[Value]) -> io::Result<()> {
        if !self.open {
            self.open_table()?;
        }
        self.rows += 1;
        let zone = self.frame.zone;
        // Cells after the last that says something are left out: a school's page stays small.
        let told = |place: &usize| !plain(&row[*place], zone).0.is_empty();
        let last = shown(&self.columns).map(|(place, _)| place).filter(told).last().unwrap_or_default();
        let name = shown(&self.columns).find(|(_, column)| column.key == "name").map(|(place, _)| place);
        let cells = html! {
            tr { @for (place, column) in shown(&self.columns).take_while(|(place, _)| *place <= last) {
                @let (text, tone) = plain(&row[place], zone);
                (cell(column, Some(place) == name, &text, tone))
            } }
            (PreEscaped("\n"))
        };
        self.put(cells)
    }

    fn nothing(&mut self, words: &str) -> io::Result<()> {
        words.clone_into(&mut self.empty);
        Ok(())
    }

    fn legend(&mut self, words: &str) -> io::Result<()> {
        self.legend = Some(words.to_owned());
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.close_table()?;
        if self.rows == 0 {
            let empty = html! { p { (Outside(&self.empty)) } };
            self.put(empty)?;
        } else if let Some(legend) = self.legend.take() {
            self.put(html! { p.faint { (legend) } })?;
        }
        self.put(html! { (PreEscaped("</main>")) (PreEscaped(CLOSING)) })?;
        self.out.flush()
    }
}
