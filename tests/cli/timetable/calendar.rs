//! Closing the school by a calendar file, and what closed dates say of themselves.

use crate::common::harness::School;

const HOLIDAYS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\n\
    BEGIN:VEVENT\r\nUID:autumn@example.org\r\nDTSTART;VALUE=DATE:20261005\r\nDTEND;VALUE=DATE:20261010\r\nSUMMARY:Autumn holiday\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:natl@example.org\r\nDTSTART;VALUE=DATE:20270321\r\nRRULE:FREQ=YEARLY;COUNT=2\r\nSUMMARY:National day\\, closed\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:trip@example.org\r\nDTSTART;VALUE=DATE:20261021\r\nSUMMARY:Museum trip of year 7\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:meeting@example.org\r\nDTSTART;TZID=Asia/Baghdad:20261012T140000\r\nDTEND;TZID=Asia/Baghdad:20261012T150000\r\nSUMMARY:Staff meeting\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

/// Monday 5 October 2026, 07:00, before P1.
fn school() -> School {
    let mut school = School::new();
    school.at("2026-09-30T07:00:00+03:00");
    school.ok(&["student", "add", "H1", "Ada"]);
    school.ok(&["period", "add", "P1", "--start", "08:00", "--end", "09:00", "--days", "daily"]);
    school.ok(&["schedule", "generate", "--days", "14"]);
    school.write("holidays.ics", HOLIDAYS);
    school
}

#[test]
fn holidays_of_a_calendar_close_the_school_once() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "schedule close --ics holidays.ics --match holiday --match national --dry-run",
        "schedule close --ics holidays.ics --match holiday --match national -v",
        "schedule close --ics holidays.ics --match holiday --match national -v",
        "schedule close --ics holidays.ics -v",
        "schedule close --list",
        "schedule list --from 2026-10-05 --days 1",
    ]), @r#"
    $ attend schedule close --ics holidays.ics --match holiday --match national --dry-run
     FROM             TO               REASON                BY
     Mon 5 Oct 2026   Fri 9 Oct 2026   Autumn holiday        admin
     Sun 21 Mar 2027  Sun 21 Mar 2027  National day, closed  admin
     Tue 21 Mar 2028  Tue 21 Mar 2028  National day, closed  admin
    $ attend schedule close --ics holidays.ics --match holiday --match national -v
    ! 3 closed
    $ attend schedule close --ics holidays.ics --match holiday --match national -v
    ! 3 unchanged
    $ attend schedule close --ics holidays.ics -v
    ! passed over: "Staff meeting" lasts no whole day
    ! 1 closed, 3 unchanged
    $ attend schedule close --list
     FROM             TO               REASON                 BY
     Mon 5 Oct 2026   Fri 9 Oct 2026   Autumn holiday         admin
     Wed 21 Oct 2026  Wed 21 Oct 2026  Museum trip of year 7  admin
     Sun 21 Mar 2027  Sun 21 Mar 2027  National day, closed   admin
     Tue 21 Mar 2028  Tue 21 Mar 2028  National day, closed   admin
    $ attend schedule list --from 2026-10-05 --days 1
    Closed 2026-10-05..2026-10-09: Autumn holiday
    Closed 2026-10-21: Museum trip of year 7
    Closed 2027-03-21: National day, closed
    Closed 2028-03-21: National day, closed

     DATE            PERIOD  STARTS  ENDS   OPENS  CLOSES  STATE
     Mon 5 Oct 2026  P1      08:00   09:00  07:55  09:10   ✗ closed  Autumn holiday
    "#);
}

#[test]
fn an_event_that_moves_or_is_called_off_is_followed() {
    let school = school();
    school.ok(&["schedule", "close", "--ics", "holidays.ics"]);
    let moved = HOLIDAYS
        .replace("DTEND;VALUE=DATE:20261010", "DTEND;VALUE=DATE:20261009")
        .replace("SUMMARY:Museum trip", "STATUS:CANCELLED\r\nSUMMARY:Museum trip");
    school.write("holidays.ics", moved);
    insta::assert_snapshot!(school.session(&[
        "schedule close --ics holidays.ics -v",
        "schedule close --list --format csv",
    ]), @r#"
    $ attend schedule close --ics holidays.ics -v
    ! open again: 2026-10-05..2026-10-09, Autumn holiday
    ! open again: 2026-10-21..2026-10-21, Museum trip of year 7
    ! passed over: "Staff meeting" lasts no whole day
    ! 1 closed, 2 open again, 2 unchanged
    $ attend schedule close --list --format csv
    from,to,reason,by␍
    2026-10-05,2026-10-08,Autumn holiday,admin␍
    2027-03-21,2027-03-21,"National day, closed",admin␍
    2028-03-21,2028-03-21,"National day, closed",admin␍
    "#);
}

#[test]
fn closed_dates_name_the_holiday_everywhere() {
    let mut school = school();
    school.ok(&["schedule", "close", "--ics", "holidays.ics"]);
    school.at("2026-10-05T08:30:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "roster now",
        "roster show --period P1",
        "mark H1 present",
        "mark H1 present --period P1",
        "mark H1 present --all-day --date today",
        "schedule now",
    ]), @r#"
    $ attend roster now
    No period is active: today is closed (Autumn holiday). Next: P1, Sat 10 Oct 08:00 (in 4 days). Last: P1, attend roster show --period "P1" --date 2026-10-04.
    $ attend roster show --period P1
    ! attend: P1 on 2026-10-05 was not held: Autumn holiday
    [1]
    $ attend mark H1 present
    ! attend: no period is active for H1: Autumn holiday (2026-10-05)
    ! hint: name one with --period (and --date)
    [1]
    $ attend mark H1 present --period P1
    ! attend: P1 on 2026-10-05 is not held: Autumn holiday
    ! hint: attend schedule open 2026-10-05
    [1]
    $ attend mark H1 present --all-day --date today
    ! attend: no period is held on 2026-10-05: Autumn holiday
    ! hint: attend schedule open 2026-10-05
    [1]
    $ attend schedule now
    No period is active.
    [1]
    "#);
}

#[test]
fn files_that_are_no_calendars_are_refused() {
    let school = school();
    school.write("roll.csv", "code,name\n");
    insta::assert_snapshot!(school.session(&[
        "schedule close --ics roll.csv",
        "schedule close --ics missing.ics",
        "schedule close",
        "schedule close 2026-10-05 --ics holidays.ics",
    ]), @"
    $ attend schedule close --ics roll.csv
    ! attend: roll.csv: the file is not a calendar
    ! hint: export it as iCalendar (.ics); nothing was closed
    [65]
    $ attend schedule close --ics missing.ics
    ! attend: cannot open missing.ics: No such file or directory (os error 2)
    [74]
    $ attend schedule close
    ! error: the following required arguments were not provided:
    !   --reason <REASON>
    !   <DATE[..DATE]>
    !
    ! Usage: attend schedule close [OPTIONS] [DATE[..DATE]]
    !
    ! For more information, try '--help'.
    [2]
    $ attend schedule close 2026-10-05 --ics holidays.ics
    ! error: the argument '[DATE[..DATE]]' cannot be used with '--ics <FILE>'
    !
    ! Usage: attend schedule close [OPTIONS] [DATE[..DATE]]
    !
    ! For more information, try '--help'.
    [2]
    ");
}

#[test]
fn a_date_that_a_person_opened_again_stays_open_when_the_calendar_is_read_again() {
    let school = school();
    school.ok(&["schedule", "close", "--ics", "holidays.ics", "--match", "autumn"]);
    school.ok(&["schedule", "open", "2026-10-07", "--yes"]);
    insta::assert_snapshot!(school.session(&[
        "schedule close --list --format csv",
        "schedule close --ics holidays.ics --match autumn -v",
        "schedule open 2026-10-08..2026-10-31 --yes",
        "schedule close --ics holidays.ics --match autumn -v",
        "schedule close --list --format csv",
        "schedule close 2026-10-07 --reason Fog --yes",
        "schedule close --ics holidays.ics --match autumn -v",
        "schedule close --list --format csv",
    ]), @"
    $ attend schedule close --list --format csv
    from,to,reason,by␍
    2026-10-05,2026-10-06,Autumn holiday,admin␍
    2026-10-08,2026-10-09,Autumn holiday,admin␍
    $ attend schedule close --ics holidays.ics --match autumn -v
    ! 2 unchanged
    $ attend schedule open 2026-10-08..2026-10-31 --yes
    $ attend schedule close --ics holidays.ics --match autumn -v
    ! 1 unchanged
    $ attend schedule close --list --format csv
    from,to,reason,by␍
    2026-10-05,2026-10-06,Autumn holiday,admin␍
    $ attend schedule close 2026-10-07 --reason Fog --yes
    $ attend schedule close --ics holidays.ics --match autumn -v
    ! 1 unchanged
    $ attend schedule close --list --format csv
    from,to,reason,by␍
    2026-10-05,2026-10-06,Autumn holiday,admin␍
    2026-10-07,2026-10-07,Fog,admin␍
    ");
}

#[test]
fn a_calendar_may_begin_with_a_byte_order_mark_and_one_without_a_match_says_so() {
    let school = school();
    school.write(
        "marked.ics",
        format!("\u{feff}{}", HOLIDAYS.replace("DTEND;VALUE=DATE:20261010", "DURATION:P1W")),
    );
    school.write("blank.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n");
    insta::assert_snapshot!(school.session(&[
        "schedule close --ics marked.ics --match autumn -v",
        "schedule close --ics marked.ics --match foo",
        "schedule close --ics marked.ics --match foo --dry-run",
        "schedule close --ics blank.ics",
        "schedule close --list --format csv",
    ]), @r#"
    $ attend schedule close --ics marked.ics --match autumn -v
    ! 1 closed
    $ attend schedule close --ics marked.ics --match foo
    ! no event in the calendar has these words in its title
    $ attend schedule close --ics marked.ics --match foo --dry-run
    No date is closed: attend schedule close 2026-10-05..2026-10-09 --reason "autumn holiday"
    ! no event in the calendar has these words in its title
    $ attend schedule close --ics blank.ics
    ! the calendar has no events
    $ attend schedule close --list --format csv
    from,to,reason,by␍
    2026-10-05,2026-10-11,Autumn holiday,admin␍
    "#);
}
