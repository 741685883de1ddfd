//! `attend period`: editing the weekly plan, by arguments and with checkboxes.

use crate::common::harness::{School, seen};

#[test]
fn periods_are_added_listed_edited_and_removed() {
    insta::assert_snapshot!(School::new().session(&[
        "period list",
        "period add Assembly --start 08:00 --end 08:15 --days sun-thu --late-grace 0 --late-after none",
        "period add \"Block 1\" --start 08:20 --end 09:30 --days mon,wed --groups G8,G7",
        "period add Prayer --start 07:50 --end 07:55 --days daily --order 0 --early-grace 90s",
        "period list",
        "period edit \"block 1\" --name \"Block One\" --end 09:35 --late-after 1h --groups all",
        "period disable Assembly",
        "period list",
        "period enable assembly",
        "period remove Prayer",
        "period list --format csv",
    ]), @r#"
    $ attend period list
    No periods yet: attend period add "Block 1" --start 08:00 --end 08:45 --days mon-fri
    $ attend period add Assembly --start 08:00 --end 08:15 --days sun-thu --late-grace 0 --late-after none
    $ attend period add "Block 1" --start 08:20 --end 09:30 --days mon,wed --groups G8,G7
    $ attend period add Prayer --start 07:50 --end 07:55 --days daily --order 0 --early-grace 90s
    $ attend period list
     ORDER  NAME      TIME         WEEK           MASK  GRACE           LATE AFTER  PLACES  GROUPS
         0  Prayer    07:50–07:55  M T W T F S S   127  90s / 10 min    10 min      all     all
         1  Assembly  08:00–08:15  M T W T · · S    79  5 min / –       –           all     all
         2  Block 1   08:20–09:30  M · W · · · ·     5  5 min / 10 min  10 min      all     G7,G8
    $ attend period edit "block 1" --name "Block One" --end 09:35 --late-after 1h --groups all
    $ attend period disable Assembly
    $ attend period list
     ORDER  NAME       TIME         WEEK           MASK  GRACE           LATE AFTER  PLACES  GROUPS
         0  Prayer     07:50–07:55  M T W T F S S   127  90s / 10 min    10 min      all     all
         1  Assembly   08:00–08:15  M T W T · · S    79  5 min / –       –           all     all     disabled
         2  Block One  08:20–09:35  M · W · · · ·     5  5 min / 10 min  60 min      all     all
    $ attend period enable assembly
    $ attend period remove Prayer
    $ attend period list --format csv
    order,name,start,end,days,mask,early_grace,late_grace,late_after,closes_after,places,groups,enabled␍
    1,Assembly,08:00,08:15,"mon-thu,sun",79,5m,0s,,,all,all,true␍
    2,Block One,08:20,09:35,"mon,wed",5,5m,10m,1h,,all,all,true␍
    "#);
}

#[test]
fn days_are_names_ranges_or_masks() {
    let school = School::new();
    for (days, again) in [
        ("mon-fri", "31"),
        ("sun-thu", "79"),
        ("Monday,wed", "5"),
        ("daily", "127"),
        ("fri-sat", "48"),
        ("mon-tue,sat", "35"),
    ] {
        let name = format!("{days} {again}");
        let add = |days: &str| {
            let _ = school.feed(&["period", "remove", &name], "");
            school.ok(&["period", "add", &name, "--start", "08:00", "--end", "09:00", "--days", days]);
            school.ok(&["period", "days", &name])
        };
        assert_eq!(add(days), add(again), "{days}");
    }
    insta::assert_snapshot!(school.session(&[
        "period days \"mon-fri 31\"",
        "period days \"MON-FRI 31\" sat,sun",
        "period days \"mon-fri 31\"",
        "period days \"mon-fri 31\" 0",
        "period days \"mon-fri 31\" mon-fir",
        "period days \"mon-fri 13\"",
    ]), @r#"
    $ attend period days "mon-fri 31"
    M T W T F · ·  31  mon-fri
    $ attend period days "MON-FRI 31" sat,sun
    $ attend period days "mon-fri 31"
    · · · · · S S  96  sat,sun
    $ attend period days "mon-fri 31" 0
    ! error: invalid value '0' for '[DAYS]': 0 is not a mask of weekdays
    ! hint: a mask is the sum of Mon=1, Tue=2, Wed=4, Thu=8, Fri=16, Sat=32, Sun=64: from 1 to 127
    !
    ! For more information, try '--help'.
    [2]
    $ attend period days "mon-fri 31" mon-fir
    ! error: invalid value 'mon-fir' for '[DAYS]': "mon-fir" are not weekdays
    ! hint: write mon-fri, sun-thu, mon,wed, daily, or a mask from 1 to 127 (Mon=1 … Sun=64)
    !
    ! For more information, try '--help'.
    [2]
    $ attend period days "mon-fri 13"
    ! attend: no period named "mon-fri 13"
    ! hint: did you mean "mon-fri 31"? (attend period list)
    [1]
    "#);
}

#[test]
fn wrong_times_of_a_period_are_refused() {
    insta::assert_snapshot!(School::new().session(&[
        "period add Late --start 08:00 --end 24:00 --days daily",
        "period add Long --start 08:00 --end 09:00 --days daily --late-grace 13h",
        "period add Late --start 08:00 --end 09:00 --days daily --late-after 10",
        "period list",
    ]), @r#"
    $ attend period add Late --start 08:00 --end 24:00 --days daily
    ! error: invalid value '24:00' for '--end <HH:MM>': "24:00" is not a time of day
    ! hint: write hours and minutes, 00:00 to 23:59, such as 08:20
    !
    ! For more information, try '--help'.
    [2]
    $ attend period add Long --start 08:00 --end 09:00 --days daily --late-grace 13h
    ! attend: Long: late grace of 13h is longer than 12h
    [2]
    $ attend period add Late --start 08:00 --end 09:00 --days daily --late-after 10
    ! error: invalid value '10' for '--late-after <TIME>': "10" is not a length of time
    ! hint: write a number with its unit: 10s, 5m, 1h30m, 90d, 12w
    !
    ! For more information, try '--help'.
    [2]
    $ attend period list
    No periods yet: attend period add "Block 1" --start 08:00 --end 08:45 --days mon-fri
    "#);
}

#[test]
fn names_are_taken_once_and_suggested_when_mistyped() {
    insta::assert_snapshot!(School::example().session(&[
        "period add \"block 1\" --start 12:00 --end 13:00 --days daily",
        "period edit \"Block 1\" --name \"BLOCK 2\"",
        "period edit \"Block 1\" --name \"BLOCK 1\"",
        "period edit \"Blok 2\" --end 10:30",
        "period remove Lunch",
        "period disable Assembley",
    ]), @r#"
    $ attend period add "block 1" --start 12:00 --end 13:00 --days daily
    ! attend: there is a period named "Block 1" already
    ! hint: attend period edit "Block 1" changes it
    [1]
    $ attend period edit "Block 1" --name "BLOCK 2"
    ! attend: there is a period named "Block 2" already
    ! hint: attend period edit "Block 2" changes it
    [1]
    $ attend period edit "Block 1" --name "BLOCK 1"
    $ attend period edit "Blok 2" --end 10:30
    ! attend: no period named "Blok 2"
    ! hint: did you mean "Block 2"? (attend period list)
    [1]
    $ attend period remove Lunch
    ! attend: no period named "Lunch"
    ! hint: attend period list shows them all
    [1]
    $ attend period disable Assembley
    ! attend: no period named "Assembley"
    ! hint: did you mean "Assembly"? (attend period list)
    [1]
    "#);
}

#[test]
fn begun_occurrences_outlive_their_period() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "period remove \"Block 2\"",
        "period remove \"Block 3\"",
        "schedule generate --days 1 -v",
        "schedule list --days 1",
    ]), @r#"
    $ attend period remove "Block 2"
    $ attend period remove "Block 3"
    $ attend schedule generate --days 1 -v
    ! 1 removed, 2 unchanged, 1 skipped: kept: it has already begun
    $ attend schedule list --days 1
     DATE            PERIOD    STARTS  ENDS   OPENS  CLOSES  STATE
     Mon 7 Sep 2026  Assembly  08:00   08:15  07:55  08:15   planned
     Mon 7 Sep 2026  Block 1   08:20   09:30  08:15  09:30   planned
     Mon 7 Sep 2026  Block 2   09:35   10:20  09:30  10:20   planned
    "#);
}

/// Types into `attend period days "Block 1"`. Returns the screen.
fn type_into(school: &School, keys: &str) -> String {
    school.at_terminal(&["period", "days", "Block 1"], "esc leaves", keys, &[])
}

fn days(school: &School) -> String {
    school.ok(&["period", "days", "Block 1"])
}

#[test]
fn checkboxes_toggle_days_and_enter_takes_them() {
    let school = School::example();
    assert_eq!(days(&school), "M T W T · · S  79  mon-thu,sun\n");
    // Space toggles Monday, right and x toggle Tuesday, 5 toggles Friday.
    let screen = type_into(&school, r" \x1b[Cx5\r");
    for seen in ["Days of \"Block 1\"", "mask  79", "mask  78", "mask  76", "mask  92"] {
        assert!(screen.contains(seen), "{seen} is not in {screen}");
    }
    assert_eq!(days(&school), "· · W T F · S  92  wed-fri,sun\n");
    insta::assert_snapshot!(school.session(&["period list"]), @"
    $ attend period list
     ORDER  NAME      TIME         WEEK           MASK  GRACE      LATE AFTER  PLACES  GROUPS
         1  Assembly  08:00–08:15  M T W T · · S    79  5 min / –  10 min      all     all
         2  Block 1   08:20–09:30  · · W T F · S    92  5 min / –  10 min      all     all
         3  Block 2   09:35–10:20  M T W T · · S    79  5 min / –  10 min      all     all
         4  Block 3   10:35–11:20  M T W T · · S    79  5 min / –  10 min      all     all
    ");
}

#[test]
fn escape_leaves_the_days_as_they_were() {
    let school = School::example();
    for leave in [r" \x1b", " q", r" \x03"] {
        type_into(&school, leave);
        assert_eq!(days(&school), "M T W T · · S  79  mon-thu,sun\n");
    }
}

#[test]
fn enter_waits_until_a_day_is_chosen() {
    let school = School::example();
    let screen = type_into(&school, r"12347\r6\r");
    assert!(screen.contains("choose at least one day"), "{screen}");
    assert_eq!(days(&school), "· · · · · S ·  32  sat\n");
}

#[test]
fn a_night_belongs_to_the_date_on_which_it_starts() {
    let mut school = School::new();
    school.write("roll.csv", "code,name\nH1,Ada\n");
    school.at("2026-09-07T07:30:00+03:00").ok(&["student", "import", "roll.csv"]);
    school.ok(&[
        "period",
        "add",
        "Night",
        "--start",
        "22:00",
        "--end",
        "06:00",
        "--days",
        "mon",
        "--late-grace",
        "8h",
    ]);
    school.ok(&["period", "add", "Breakfast", "--start", "06:30", "--end", "07:00", "--days", "daily"]);
    school.ok(&["schedule", "generate", "--days", "3"]);
    school.write(
        "lines",
        r#"{"student":"H1","score":0.9,"ts":"2026-09-07T22:10:00+03:00","camera":"g"}
{"student":"H1","score":0.9,"ts":"2026-09-08T05:50:00+03:00","camera":"g"}
{"student":"H1","score":0.9,"ts":"2026-09-08T13:30:00+03:00","camera":"g"}
"#,
    );
    school.at("2026-09-08T13:40:00+03:00").ok(&["ingest", "lines"]);
    insta::assert_snapshot!(school.session(&[
        "schedule list --from 2026-09-07 --days 1",
        "export records --from 2026-09-07 --to 2026-09-07 --columns date,period,status,sightings,last_seen --dialect plain",
        "recompute --from 2026-09-07 --to 2026-09-08 --dry-run",
    ]), @"
    $ attend schedule list --from 2026-09-07 --days 1
     DATE            PERIOD     STARTS  ENDS   OPENS  CLOSES  STATE
     Mon 7 Sep 2026  Breakfast  06:30   07:00  06:25  07:10   planned
     Mon 7 Sep 2026  Night      22:00   06:00  21:55  14:00   planned
    $ attend export records --from 2026-09-07 --to 2026-09-07 --columns date,period,status,sightings,last_seen --dialect plain
    date,period,status,sightings,last_seen␍
    2026-09-07,Breakfast,unknown,0,␍
    2026-09-07,Night,present,3,2026-09-08T13:30:00+03:00␍
    $ attend recompute --from 2026-09-07 --to 2026-09-08 --dry-run
    Nothing changes: every record is what its recognitions add up to.
    ");
    school.at("2026-09-08T02:00:00+03:00");
    school.ok(&["schedule", "now", "-q"]);
}

/// Baghdad, noon of a school day: Ada and Bob were there at eight, when no period was held yet.
fn noon() -> School {
    let mut school = School::new();
    school.at("2026-09-07T07:00:00+03:00");
    school.write("r.csv", "code,name\nH1,Ada\nH2,Bob\nH3,Cem\n");
    school.ok(&["student", "import", "r.csv"]);
    school.ok(&["period", "add", "B2", "--start", "10:00", "--end", "11:00", "--days", "daily"]);
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-07T12:00:00+03:00");
    for student in ["H1", "H2"] {
        school.ingest(seen(student, 0.9, "2026-09-07T08:05:00+03:00", "gate-1"));
    }
    school
}

#[test]
fn a_period_that_began_today_changes_the_register_of_today_as_a_plan() {
    let school = noon();
    let add = "period add B1 --start 08:00 --end 09:00 --days daily";
    insta::assert_snapshot!(school.session(&[
        &format!("{add} --dry-run"),
        add,
        "period list",
        &format!("{add} --yes --reason forgotten"),
        "audit --limit 2 --format csv",
        "schedule generate",
        "period add B0 --start 13:00 --end 14:00 --days daily",
    ]), @r#"
    $ attend period add B1 --start 08:00 --end 09:00 --days daily --dry-run
     DATE            PERIOD  CODE  NAME  BEFORE  AFTER
     Mon 7 Sep 2026  B1      H1    Ada           present
     Mon 7 Sep 2026  B1      H2    Bob           present
     Mon 7 Sep 2026  B1      H3    Cem           absent
    $ attend period add B1 --start 08:00 --end 09:00 --days daily
    ! 2026-09-07 B1: 1 not listed → absent, 2 not listed → present (H1, H2, H3)
    ! attend: not done: this would change 3 rows of 1 register: 1 not listed → absent, 2 not listed → present
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend period list
     ORDER  NAME  TIME         WEEK           MASK  GRACE           LATE AFTER  PLACES  GROUPS
         1  B2    10:00–11:00  M T W T F S S   127  5 min / 10 min  10 min      all     all
    $ attend period add B1 --start 08:00 --end 09:00 --days daily --yes --reason forgotten
    $ attend audit --limit 2 --format csv
    id,at,by,action,student,detail␍
    5,2026-09-07T12:00:00+03:00,admin,period add,,"B1; forgotten; changed 3 rows of 1 register: 1 not listed → absent, 2 not listed → present"␍
    1,2026-09-07T09:59:12+03:00,admin,init,,Asia/Baghdad␍
    $ attend schedule generate
    $ attend period add B0 --start 13:00 --end 14:00 --days daily
    "#);
    let said = school.ok(&["recompute", "--from", "2026-09-07", "--to", "2026-09-08", "--dry-run"]);
    assert!(said.starts_with("Nothing changes"), "{said}");
}

#[test]
fn a_period_that_is_moved_into_the_past_changes_the_register_of_today_as_a_plan() {
    let school = noon();
    school.ok(&["period", "add", "B3", "--start", "14:00", "--end", "15:00", "--days", "daily"]);
    school.ok(&["schedule", "generate"]);
    insta::assert_snapshot!(school.session(&[
        "period edit B3 --start 08:00 --end 09:00",
        "period edit B3 --start 08:00 --end 09:00 --yes",
        "roster show --period B3",
        "period edit B2 --start 10:05",
        "period disable B3",
        "period enable B3",
    ]), @"
    $ attend period edit B3 --start 08:00 --end 09:00
    ! 2026-09-07 B3: 1 not listed → absent, 2 not listed → present (H1, H2, H3)
    ! attend: not done: this would change 3 rows of 1 register: 1 not listed → absent, 2 not listed → present
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend period edit B3 --start 08:00 --end 09:00 --yes
    $ attend roster show --period B3
    B3 · Mon 7 Sep · 08:00–09:00   over
    2/3 present · 1 absent · coverage 100 %

     CODE  NAME  GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H3    Cem          ✗ absent
     H1    Ada          ✓ present         08:05  08:05   0.90  gate-1
     H2    Bob          ✓ present         08:05  08:05   0.90  gate-1
    $ attend period edit B2 --start 10:05
    $ attend period disable B3
    $ attend period enable B3
    ");
}

#[test]
fn a_period_that_began_before_the_first_schedule_waits_for_it() {
    let school = School::new();
    school.write("r.csv", "code,name\nH1,Ada\nH2,Bob\n");
    school.ok(&["student", "import", "r.csv"]);
    school.ok(&["period", "add", "B1", "--start", "08:00", "--end", "09:00", "--days", "daily"]);
    assert_eq!(school.ok(&["schedule", "list", "--format", "jsonl"]), "");
}

#[test]
fn a_period_is_not_held_on_days_before_the_first_schedule() {
    let mut school = School::new();
    school.at("2026-09-03T10:00:00+03:00");
    school.write("r.csv", "code,name\nH1,Ada\nH2,Bob\n");
    school.ok(&["student", "import", "r.csv"]);
    school.ok(&["period", "add", "B1", "--start", "08:00", "--end", "09:00", "--days", "daily"]);
    school.ok(&["schedule", "generate", "--from", "2026-09-07"]);
    school.ok(&["period", "edit", "B1", "--places", "gate"]);
    assert_eq!(school.ok(&["schedule", "list", "--days", "1", "--format", "jsonl"]), "");
}
