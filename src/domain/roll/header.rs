//! Recognises the columns of a roll by the words of its header.
//!
//! School systems and spreadsheets use many names for the same column, in many languages. A header cell is compared
//! without case, accents, spaces and punctuation, so `Student ID`, `student_id` and `STUDENT-ID` are one word.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::domain::Invalid;
use crate::domain::spelling::shell_quoted;
use crate::domain::suggest::{asked, did_you_mean, nearest};

/// The fields that a column of a roll can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Code,
    /// A full name, or the part that the other name columns lack.
    Name,
    FirstName,
    MiddleName,
    LastName,
    Group,
    Active,
    Aliases,
    Later,
}

/// Header words by field, the most specific first. If two columns could be the code, the earlier word wins.
/// Each word appears once. In order: English, German, Dutch, Swedish, Polish, French, Spanish, Portuguese,
/// Italian, Turkish, Russian, Arabic, Kurdish, Persian, Chinese.
const WORDS: &[(Field, &str)] = &[
    (
        Field::Code,
        "code studentcode studentid studentnumber studentno studentidentifier pupilid pupilnumber \
         pupilcode hcode admissionnumber admissionno admno upn rollnumber rollno registrationnumber \
         registrationno localid uniqueid externalid personid identifier schoolid id schulernummer \
         schuelernummer schulernr schuelernr schulerid schuelerid schulercode matrikelnummer kennung \
         leerlingnummer leerlingnr stamnummer elevnummer elevid numerucznia nrucznia kod matricule \
         numeroeleve identifianteleve codeeleve ideleve ine identifiant matricula numerodematricula \
         numerodealumno codigodealumno codigoalumno idalumno codigodelalumno numerodoaluno \
         codigodoaluno codigo matricola codicestudente codicealunno codice ogrencino ogrencinumarasi \
         okulno okulnumarasi ogrencikodu кодученика номерученика личныйномер табельныйномер код номер \
         رقمالطالب رمزالطالب الرقمالمدرسي رقمالقيد رقمالتسجيل الرمز الرقم ژمارهیقوتابی کودیقوتابی کود \
         شمارهدانشاموز شمارهدانشاموزی کددانشاموز 学号 學號 学生编号 學生編號 学籍号 编号",
    ),
    (
        Field::Name,
        "name fullname studentname pupilname displayname nameofstudent student pupil schulername \
         schuelername schuler schueler nom nomcomplet nometprenom nomprenom eleve nombre \
         nombrecompleto nombreyapellidos apellidosynombre alumno nome nomecompleto nomedoaluno aluno \
         nominativo alunno naam leerling namn elev imieinazwisko uczen adsoyad adisoyadi ogrenciadi \
         isim фио имяфамилия фамилияимя ученик الاسم اسمالطالب الاسمالكامل الاسمالثلاثي ناو \
         ناویقوتابی نام نامونامخانوادگی 姓名 名字 学生姓名 學生姓名",
    ),
    (
        Field::FirstName,
        "firstname givenname forename givennames forenames preferredname legalfirstname vorname \
         rufname prenom prenoms nombredepila primeironome nomeproprio voornaam roepnaam fornamn imie \
         ad adi имя الاسمالاول ناوییهکهم 名",
    ),
    (Field::MiddleName, "middlename middlenames tussenvoegsel отчество اسمالاب ناویباوک"),
    (
        Field::LastName,
        "lastname surname familyname legallastname nachname familienname zuname nomdefamille apellido \
         apellidos sobrenome apelido cognome achternaam efternamn nazwisko soyad soyadi фамилия \
         اسمالعائلة اللقب نامخانوادگی 姓",
    ),
    (
        Field::Group,
        "group class classname classes groups form formgroup formclass registrationgroup regform reg \
         tutorgroup homeroom section division stream yeargroup grade gradelevel klasse klassenname \
         lerngruppe jahrgang classe groupe clase grupo seccion curso grado turma sezione klas \
         stamklas basisgroep groep klass grupp klasa oddzial grupa sinif sinifi sube sinifsube класс \
         группа الصف الفصل الشعبة المجموعة صف شعبة پول گروپ کلاس پایه 班级 班級 班 年级 年級 组 小组",
    ),
    (
        Field::Active,
        "active isactive enabled enrolled enrolmentstatus enrollmentstatus status aktiv actif activo \
         ativo attivo actief aktif aktywny активен نشط فعال چالاک 在读 在讀 状态",
    ),
    (Field::Aliases, "aliases alias cards"),
    (Field::Later, LATER),
];

/// The header of groups from later dates on, which only attend's own readers write.
pub(crate) const LATER: &str = "attendgroupslater";

/// A header cell as it is compared: decomposed, without accents, lower case, letters and digits alone.
pub(crate) fn squeeze(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .map(|c| match c {
            // Letters without a decomposition.
            'ı' => 'i',
            'ł' => 'l',
            'ø' => 'o',
            // Letters that keyboards write in two ways.
            'ی' => 'ي',
            'ک' => 'ك',
            'ە' => 'ه',
            'ۆ' => 'و',
            other => other,
        })
        .collect()
}

/// A part of a name: a column, or text between columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// The cell of this column.
    Column(usize),
    Text(String),
}

/// Which column of a roll holds what. Indices count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) code: usize,
    /// The name, in the order in which its parts are written.
    pub(crate) name: Vec<Part>,
    /// The groups. Empty: no column holds groups. A cell may list several with commas or semicolons.
    pub(crate) group: Vec<usize>,
    /// Whether the student is on the roll.
    pub(crate) active: Option<usize>,
    /// Aliases, such as `card:77; pin:1003`.
    pub(crate) aliases: Option<usize>,
    /// Groups from later dates on.
    pub(crate) later: Option<usize>,
}

impl Columns {
    /// Recognises the columns of a header.
    ///
    /// # Errors
    /// The code or the name is missing, or a column appears twice.
    pub(crate) fn recognise(header: &[&str]) -> Result<Self, Invalid> {
        let found = Found::read(header)?;
        let code = found.code.ok_or_else(|| missing("code", header))?;
        let name = found.name_parts();
        if name.is_empty() {
            return Err(missing("name", header));
        }
        let Found { group, active, aliases, later, .. } = found;
        let columns = Self { code, name, group: group.into_iter().collect(), active, aliases, later };
        columns.refuse_misspelled(header)?;
        Ok(columns)
    }

    /// Refuses a misspelt header such as `gruop`. If it were ignored, every student would silently lose the group.
    fn refuse_misspelled(&self, header: &[&str]) -> Result<(), Invalid> {
        let present = [
            ("group", !self.group.is_empty()),
            ("active", self.active.is_some()),
            ("aliases", self.aliases.is_some()),
        ];
        let absent: Vec<&str> = present.iter().filter(|(_, there)| !there).map(|(word, _)| *word).collect();
        let unused = (0..header.len()).filter(|nth| !self.uses(*nth)).map(|nth| (nth, header[nth].trim()));
        for (nth, cell) in unused {
            if let Some(field) = nearest(cell, absent.iter().copied()) {
                let (meant, stated) = (asked(field), stated_for(header, Some((field, nth))));
                return Err(Invalid::new(format!("the column {cell:?} is not recognised"))
                    .hint(format!("{meant} {stated}; nothing was imported")));
            }
        }
        Ok(())
    }

    /// Whether `header` names both a code and a name.
    pub(crate) fn is_header(header: &[&str]) -> bool {
        Found::read(header).is_ok_and(|found| found.code.is_some() && !found.name_parts().is_empty())
    }

    /// Reads `code="Student ID",name="First name"+" "+"Last name",group=Class` for a header.
    ///
    /// # Errors
    /// A part of the text names no column of the header.
    pub(crate) fn stated(text: &str, header: &[&str]) -> Result<Self, Invalid> {
        let mut columns = Self {
            code: usize::MAX,
            name: Vec::new(),
            group: Vec::new(),
            active: None,
            aliases: None,
            later: None,
        };
        for assignment in split(text, ',') {
            let Some((field, value)) = assignment.split_once('=') else {
                return Err(Invalid::new(format!("{assignment:?} must be FIELD=COLUMN"))
                    .hint(stated_for(header, None)));
            };
            match field.trim() {
                "code" => columns.code = column(value, header)?,
                "name" => columns.name = parts(value, header)?,
                "group" => {
                    let columns_of = split(value, '+').into_iter().map(|piece| column(piece, header));
                    columns.group = columns_of.collect::<Result<_, _>>()?;
                }
                "active" => columns.active = Some(column(value, header)?),
                "aliases" => columns.aliases = Some(column(value, header)?),
                other => {
                    let meant = did_you_mean(other, FIELDS);
                    let meant = meant.map(|meant| format!("{meant} ")).unwrap_or_default();
                    return Err(Invalid::new(format!("a roll has no field {other:?}"))
                        .hint(format!("{meant}{}", stated_for(header, None))));
                }
            }
        }
        if columns.code == usize::MAX || columns.name.is_empty() {
            return Err(Invalid::new("--columns must name code and name").hint(stated_for(header, None)));
        }
        Ok(columns)
    }

    /// The recognised columns: `code ← "Student ID", name ← "First name" + "Last name", not used: "Phone"`.
    pub(crate) fn told(&self, header: &[&str]) -> String {
        let quoted = |nth: usize| format!("{:?}", header.get(nth).map_or("", |cell| cell.trim()));
        let name: Vec<String> = self.name.iter().filter_map(Part::column).map(quoted).collect();
        let mut told = vec![format!("code ← {}", quoted(self.code)), format!("name ← {}", name.join(" + "))];
        let groups: Vec<String> = self.group.iter().map(|nth| quoted(*nth)).collect();
        told.extend((!groups.is_empty()).then(|| format!("group ← {}", groups.join(" + "))));
        told.extend(self.active.map(|nth| format!("active ← {}", quoted(nth))));
        told.extend(self.aliases.map(|nth| format!("aliases ← {}", quoted(nth))));
        let unused: Vec<String> = (0..header.len())
            .filter(|nth| !self.uses(*nth) && !header[*nth].trim().is_empty())
            .map(quoted)
            .collect();
        if !unused.is_empty() {
            told.push(format!("not used: {}", unused.join(", ")));
        }
        told.join(", ")
    }

    /// Whether anything but attend's own header words was recognised, so that a
    /// person may want to know how.
    pub(crate) fn is_plain(&self, header: &[&str]) -> bool {
        header.iter().map(|cell| squeeze(cell)).all(|word| word == LATER || FIELDS.contains(&word.as_str()))
    }

    fn uses(&self, nth: usize) -> bool {
        let parts = self.name.iter().any(|part| part.column() == Some(nth));
        let single = [Some(self.code), self.active, self.aliases, self.later];
        parts || self.group.contains(&nth) || single.contains(&Some(nth))
    }
}

impl Part {
    fn column(&self) -> Option<usize> {
        match self {
            Self::Column(nth) => Some(*nth),
            Self::Text(_) => None,
        }
    }
}

/// The fields of a roll, also attend's own header words.
const FIELDS: [&str; 5] = ["code", "name", "group", "active", "aliases"];

/// `write --columns 'code="Student ID",name="First name"+" "+"Last name"'` with the columns of a header: those that are
/// recognised, `also` as stated, and else the first ones that are not.
fn stated_for(header: &[&str], also: Option<(&str, usize)>) -> String {
    let found = Found::read(header).unwrap_or_default();
    let also = |field: &str| also.filter(|(of, _)| *of == field).map(|(_, nth)| nth);
    let recognised = [found.group, found.active, found.aliases, found.code, also("group"), also("active")];
    let named = found.name_parts();
    let taken =
        |nth: usize| recognised.contains(&Some(nth)) || named.iter().any(|part| part.column() == Some(nth));
    let usable = |nth: &usize| !header[*nth].trim().is_empty() && !header[*nth].contains('"');
    let mut free = (0..header.len()).filter(|nth| usable(nth) && !taken(*nth));
    let code = found.code.or_else(|| free.next());
    let name: Vec<usize> = match &named[..] {
        [] => free.next().into_iter().collect(),
        parts => parts.iter().filter_map(Part::column).collect(),
    };
    let unstated = "write --columns 'code=COLUMN,name=COLUMN' with columns of the file";
    let (Some(code), [_, ..]) = (code, &name[..]) else {
        return unstated.to_owned();
    };
    let written = |nth: usize| match header[nth].trim() {
        cell if cell.chars().all(char::is_alphanumeric) => cell.to_owned(),
        cell => format!("\"{cell}\""),
    };
    let name: Vec<String> = name.into_iter().map(written).collect();
    let mut columns = format!("code={},name={}", written(code), name.join("+\" \"+"));
    for (field, nth) in
        [("group", found.group.or(also("group"))), ("active", also("active")), ("aliases", also("aliases"))]
    {
        if let Some(nth) = nth {
            columns += &format!(",{field}={}", written(nth));
        }
    }
    // A cell with control characters cannot be typed.
    if columns.chars().any(char::is_control) {
        return unstated.to_owned();
    }
    format!("write --columns {}", shell_quoted(&columns))
}

/// The best column for each field.
#[derive(Debug, Default)]
struct Found {
    code: Option<usize>,
    name: Option<usize>,
    first: Option<usize>,
    middle: Option<usize>,
    last: Option<usize>,
    group: Option<usize>,
    active: Option<usize>,
    aliases: Option<usize>,
    later: Option<usize>,
}

impl Found {
    fn read(header: &[&str]) -> Result<Self, Invalid> {
        let words: Vec<String> = header.iter().map(|cell| squeeze(cell)).collect();
        let best = |field: Field| {
            best(field, &words).map_err(|nth| {
                twice(header[nth])
                    .hint("remove one of them, or say which with --columns; nothing was imported")
            })
        };
        // The headers of attend's own sheets. Beside a name, `student` is the code there, and the status that of a period.
        let at = |own: &str| words.iter().position(|word| word == own);
        let student = at("student").filter(|_| at("name").is_some());
        let code = best(Field::Code)?;
        let is_register =
            at("firstseen").or(at("afterclose")).is_some() || code.is_none() && student.is_some();
        Ok(Self {
            code: code.or(student),
            name: best(Field::Name)?,
            first: best(Field::FirstName)?,
            middle: best(Field::MiddleName)?,
            last: best(Field::LastName)?,
            group: best(Field::Group)?,
            active: best(Field::Active)?.filter(|nth| !(is_register && words[*nth] == "status")),
            aliases: best(Field::Aliases)?,
            later: best(Field::Later)?,
        })
    }

    /// In German and French rolls `Name` or `Nom` beside a first name is the family name; in Spanish ones
    /// `Nombre` beside `Apellidos` is the first name. A full name needs no other column.
    fn name_parts(&self) -> Vec<Part> {
        let columns = match (self.first, self.name, self.last) {
            (Some(first), Some(name), None) => vec![Some(first), self.middle, Some(name)],
            (None, Some(name), Some(last)) => vec![Some(name), self.middle, Some(last)],
            (_, Some(name), _) => vec![Some(name)],
            (first, None, last) => vec![first, self.middle, last],
        };
        let columns: Vec<Part> = columns.into_iter().flatten().map(Part::Column).collect();
        columns.iter().enumerate().fold(Vec::new(), |mut parts, (nth, column)| {
            if nth > 0 {
                parts.push(Part::Text(" ".to_owned()));
            }
            parts.push(column.clone());
            parts
        })
    }
}

/// The column with the first of the words for a field. `Err`: a second column with this word.
fn best(field: Field, words: &[String]) -> Result<Option<usize>, usize> {
    let (_, known) = WORDS.iter().find(|(of, _)| *of == field).expect("every field has words");
    let rank = |word: &String| known.split(' ').position(|name| squeeze(name) == *word);
    let mut ranked: Vec<(usize, usize)> =
        words.iter().enumerate().filter_map(|(nth, word)| Some((rank(word)?, nth))).collect();
    ranked.sort_unstable();
    match ranked[..] {
        [(first, _), (second, nth), ..] if first == second => Err(nth),
        _ => Ok(ranked.first().map(|(_, nth)| *nth)),
    }
}

/// The column of codes in a sheet that is not a roll. attend's own sheets call it `student`.
///
/// # Errors
/// No column has a word for codes, or two have the same.
pub(crate) fn code_column(header: &[&str]) -> Result<usize, Invalid> {
    let words: Vec<String> = header.iter().map(|cell| squeeze(cell)).collect();
    let called = "call the column of codes \"code\", and no other";
    let code = best(Field::Code, &words).map_err(|nth| twice(header[nth]).hint(called))?;
    let own = || words.iter().position(|word| word == "student");
    code.or_else(own).ok_or_else(|| unrecognised("code", header).hint(called))
}

fn twice(cell: &str) -> Invalid {
    Invalid::new(format!("the column {:?} appears twice", cell.trim()))
}

fn missing(field: &str, header: &[&str]) -> Invalid {
    unrecognised(field, header).hint(format!("{}; nothing was imported", stated_for(header, None)))
}

fn unrecognised(field: &str, header: &[&str]) -> Invalid {
    let cells: Vec<String> = header
        .iter()
        .filter(|cell| !cell.trim().is_empty())
        .map(|cell| format!("{:?}", cell.trim()))
        .collect();
    Invalid::new(format!("no column for the {field} is recognised among {}", cells.join(", ")))
}

/// Splits at `at` outside double quotes.
fn split(text: &str, at: char) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut begins, mut quoted) = (0, false);
    for (place, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c == at && !quoted {
            pieces.push(&text[begins..place]);
            begins = place + c.len_utf8();
        }
    }
    pieces.push(&text[begins..]);
    pieces
}

/// Text between double quotes, where it is quoted.
fn unquoted(text: &str) -> Option<&str> {
    text.trim().strip_prefix('"')?.strip_suffix('"')
}

fn find(cell: &str, header: &[&str]) -> Option<usize> {
    let exact = header.iter().position(|name| name.trim() == cell.trim());
    exact.or_else(|| {
        header.iter().position(|name| !squeeze(cell).is_empty() && squeeze(name) == squeeze(cell))
    })
}

fn column(text: &str, header: &[&str]) -> Result<usize, Invalid> {
    let cell = unquoted(text).unwrap_or(text);
    find(cell, header).ok_or_else(|| {
        let meant = did_you_mean(cell.trim(), header.iter().map(|name| name.trim()));
        Invalid::new(format!("the file has no column {:?}", cell.trim())).hint(format!(
            "{}{}",
            meant.map(|meant| format!("{meant} ")).unwrap_or_default(),
            stated_for(header, None)
        ))
    })
}

fn parts(text: &str, header: &[&str]) -> Result<Vec<Part>, Invalid> {
    let pieces = split(text, '+');
    let part = |piece: &&str| match unquoted(piece) {
        Some(cell) if find(cell, header).is_none() => Ok(Part::Text(cell.to_owned())),
        // A shell may have removed the quotes of " ".
        None if piece.trim().is_empty() => Ok(Part::Text(" ".to_owned())),
        _ => column(piece, header).map(Part::Column),
    };
    pieces.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn told(header: &str) -> String {
        let header: Vec<&str> = header.split(';').collect();
        match Columns::recognise(&header) {
            Ok(columns) => columns.told(&header),
            Err(invalid) => invalid.message,
        }
    }

    #[test]
    fn headers_of_school_systems_are_recognised_in_many_languages() {
        let cases = [
            ("code;name", "code ← \"code\", name ← \"name\""),
            (
                "Student ID;First name;Last name;Class;Phone",
                "code ← \"Student ID\", name ← \"First name\" + \"Last name\", group ← \"Class\", not used: \"Phone\"",
            ),
            (
                "ID;Student_Number;Surname;Forename;Reg;Status",
                "code ← \"Student_Number\", name ← \"Forename\" + \"Surname\", group ← \"Reg\", active ← \"Status\", not used: \"ID\"",
            ),
            (
                "Schülernummer;Name;Vorname;Klasse",
                "code ← \"Schülernummer\", name ← \"Vorname\" + \"Name\", group ← \"Klasse\"",
            ),
            (
                "Matricule;Nom;Prénom;Classe",
                "code ← \"Matricule\", name ← \"Prénom\" + \"Nom\", group ← \"Classe\"",
            ),
            (
                "Matrícula;Nombre;Apellidos;Grupo",
                "code ← \"Matrícula\", name ← \"Nombre\" + \"Apellidos\", group ← \"Grupo\"",
            ),
            ("Número do aluno;Nome;Turma", "code ← \"Número do aluno\", name ← \"Nome\", group ← \"Turma\""),
            (
                "Matricola;Cognome;Nome;Sezione",
                "code ← \"Matricola\", name ← \"Nome\" + \"Cognome\", group ← \"Sezione\"",
            ),
            (
                "Leerlingnummer;Roepnaam;Tussenvoegsel;Achternaam;Klas",
                "code ← \"Leerlingnummer\", name ← \"Roepnaam\" + \"Tussenvoegsel\" + \"Achternaam\", group ← \"Klas\"",
            ),
            (
                "Öğrenci No;Adı Soyadı;Sınıfı",
                "code ← \"Öğrenci No\", name ← \"Adı Soyadı\", group ← \"Sınıfı\"",
            ),
            ("Код;ФИО;Класс", "code ← \"Код\", name ← \"ФИО\", group ← \"Класс\""),
            ("رقم الطالب;الاسم;الصف", "code ← \"رقم الطالب\", name ← \"الاسم\", group ← \"الصف\""),
            ("ژمارەی قوتابی;ناو;پۆل", "code ← \"ژمارەی قوتابی\", name ← \"ناو\", group ← \"پۆل\""),
            ("学号;姓名;班级", "code ← \"学号\", name ← \"姓名\", group ← \"班级\""),
            (
                "Elevnummer;Förnamn;Efternamn;Klass",
                "code ← \"Elevnummer\", name ← \"Förnamn\" + \"Efternamn\", group ← \"Klass\"",
            ),
            (
                "Nr ucznia;Imię i nazwisko;Oddział",
                "code ← \"Nr ucznia\", name ← \"Imię i nazwisko\", group ← \"Oddział\"",
            ),
            ("code;phone", "no column for the name is recognised among \"code\", \"phone\""),
            ("name;class", "no column for the code is recognised among \"name\", \"class\""),
            ("code;name;gruop", "the column \"gruop\" is not recognised"),
            (
                "code;name;gruop;class",
                "code ← \"code\", name ← \"name\", group ← \"class\", not used: \"gruop\"",
            ),
            (
                "date;period;student;name;group;status;first_seen",
                "code ← \"student\", name ← \"name\", group ← \"group\", not used: \"date\", \"period\", \"status\", \"first_seen\"",
            ),
            (
                "Code;Name;First seen;Status",
                "code ← \"Code\", name ← \"Name\", not used: \"First seen\", \"Status\"",
            ),
            ("student;class", "no column for the code is recognised among \"student\", \"class\""),
            ("code;name;Code", "the column \"Code\" appears twice"),
        ];
        for (header, expected) in cases {
            assert_eq!(told(header), expected, "{header}");
        }
    }

    #[test]
    fn every_header_word_belongs_to_one_field() {
        let mut owners: BTreeMap<String, Field> = BTreeMap::new();
        for (field, words) in WORDS {
            for word in words.split(' ') {
                let before = owners.insert(squeeze(word), *field);
                assert!(before.is_none(), "{word} stands twice: {before:?} and {field:?}");
            }
        }
    }

    #[test]
    fn stated_columns_win_over_recognition() {
        let header = ["Ref", "Student ID", "First name", "Last name", "Set"];
        let stated =
            |text| Columns::stated(text, &header).map(|columns| columns.told(&header)).map_err(|e| e.message);
        let whole = "code ← \"Ref\", name ← \"Last name\" + \"First name\", group ← \"Set\", not used: \"Student ID\"";
        for text in [
            "code=Ref,name=\"Last name\"+\", \"+\"First name\",group=Set",
            "code=\"Ref\", name=Last name+ +First name, group=\"Set\"",
        ] {
            assert_eq!(stated(text).as_deref(), Ok(whole), "{text}");
        }
        assert_eq!(stated("code=Ref").unwrap_err(), "--columns must name code and name");
        assert_eq!(stated("code=Reff,name=Set").unwrap_err(), "the file has no column \"Reff\"");
        assert_eq!(stated("cod=Ref").unwrap_err(), "a roll has no field \"cod\"");
        assert_eq!(stated("Ref").unwrap_err(), "\"Ref\" must be FIELD=COLUMN");
    }
}
