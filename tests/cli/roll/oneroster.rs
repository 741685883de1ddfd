//! OneRoster exports: folders and archives, everything or changes alone.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::common::harness::{School, seen};

const USERS: &str = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n\
    u-1,,,true,s1,student,ada.k,,Ada,Karim,,H000103,,,,,07,\n\
    u-8,,,true,s1,teacher,ms.lee,,Ms,Lee,,T1,,,,,,\n\
    u-2,,,true,\"s1,s2\",student,omar.h,,Omar,Haddad,,H000104,,,,,07,\n\
    u-3,,,false,s1,student,zoe.o,,Zo\u{eb},O'Neil,Ann,H000101,,,,,08,\n\
    u-4,,,true,s2,student,lea.f,,L\u{e9}a,Fontaine,,H000105,,,,,07,\n";

fn manifest(kind: &str) -> String {
    format!(
        "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.users,{kind}\nfile.enrollments,{kind}\nfile.classes,{kind}\n"
    )
}

const ORGS: &str = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\nd1,,,District,district,D1,\ns1,,,Green Valley School,school,0101,d1\ns2,,,River School,school,0102,d1\n";
const CLASSES: &str = "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n\
    k-7a,,,7A,07,c-hr,7A,homeroom,R1,s1,t1,,,\nk-ma1,,,Maths 7 set 1,07,c-ma,MA7-1,scheduled,R2,s1,t1,,,\n";
const ENROLLMENTS: &str = "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n\
    e1,,,k-7a,s1,u-1,student,,2026-09-01,\ne2,,,k-7a,s1,u-2,student,,2026-09-01,2026-09-30\ne3,,,k-ma1,s1,u-1,student,,2026-09-14,\ne4,,,k-7a,s1,u-8,teacher,true,,\n";

/// Monday 7 September 2026, with an export in the folder `bulk`.
fn school() -> School {
    let mut school = School::new();
    school.at("2026-09-07T07:00:00+03:00");
    std::fs::create_dir(school.path("bulk")).unwrap();
    for (name, text) in [
        ("manifest.csv", manifest("bulk").as_str()),
        ("users.csv", USERS),
        ("orgs.csv", ORGS),
        ("classes.csv", CLASSES),
        ("enrollments.csv", ENROLLMENTS),
    ] {
        school.write(&format!("bulk/{name}"), text);
    }
    school
}

fn delta(school: &School) {
    std::fs::create_dir(school.path("delta")).unwrap();
    let users = USERS.lines().next().unwrap();
    school.write("delta/manifest.csv", manifest("delta"));
    school.write(
        "delta/users.csv",
        format!("{users}\nu-2,tobedeleted,2026-10-01T04:00:00.000Z,true,s1,student,omar.h,,Omar,Haddad,,H000104,,,,,07,\nu-5,active,2026-10-01T04:00:00.000Z,true,s1,student,yusuf.d,,Yusuf,Demir,,H000106,,,,,07,\n"),
    );
    let enrollments = ENROLLMENTS.lines().next().unwrap();
    school.write(
        "delta/enrollments.csv",
        format!("{enrollments}\ne1,tobedeleted,2026-10-01T04:00:00.000Z,k-7a,s1,u-1,student,,,\ne5,active,2026-10-01T04:00:00.000Z,k-7a,s1,u-5,student,,2026-10-01,\n"),
    );
}

#[test]
fn a_whole_export_is_shown_like_a_diff_and_imported() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "student import bulk --dry-run",
        "student import bulk -v",
        "student import bulk -v",
        "student list --format csv",
        "student show H000103",
        "student show H000104",
    ]), @"
    $ attend student import bulk --dry-run
     CHANGE  CODE     NAME          GROUP     CHANGES
     add     H000103  Ada Karim     7A
     add     H000104  Omar Haddad   7A
     add     H000105  Léa Fontaine
    $ attend student import bulk -v
    ! OneRoster 1.1 bulk: 4 students of 2 schools
    ! 3 added, 1 unchanged
    $ attend student import bulk -v
    ! OneRoster 1.1 bulk: 4 students of 2 schools
    ! 4 unchanged
    $ attend student list --format csv
    code,name,group,active␍
    H000103,Ada Karim,7A,true␍
    H000104,Omar Haddad,7A,true␍
    H000105,Léa Fontaine,,true␍
    $ attend student show H000103
    H000103 · Ada Karim · 7A
    sis:u-1

     FROM               UNTIL              GROUP
     always             14 Sep 2026 00:00  7A
     14 Sep 2026 00:00  further notice     7A,Maths 7 set 1
    $ attend student show H000104
    H000104 · Omar Haddad · 7A
    sis:u-2

     FROM               UNTIL              GROUP
     always             30 Sep 2026 00:00  7A
     30 Sep 2026 00:00  further notice
    ");
}

#[test]
fn schools_codes_and_groups_are_chosen() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "student import bulk --school \"green valley school\" --code username --groups-from homeroom,grade",
        "student list --format csv",
        "student import bulk --school \"Green Valey\"",
        "student import bulk --school 0102 --code sourcedId --groups-from grade -v",
        "student import bulk --code name",
    ]), @r#"
    $ attend student import bulk --school "green valley school" --code username --groups-from homeroom,grade
    $ attend student list --format csv
    code,name,group,active␍
    ada.k,Ada Karim,"07,7A",true␍
    omar.h,Omar Haddad,"07,7A",true␍
    $ attend student import bulk --school "Green Valey"
    ! attend: bulk/users.csv: the export has no school "Green Valey"
    ! hint: did you mean "Green Valley School"?; nothing was imported
    [65]
    $ attend student import bulk --school 0102 --code sourcedId --groups-from grade -v
    ! OneRoster 1.1 bulk: 2 students of 2 schools
    ! omar.h → u-2: the number changed in the school system
    ! 1 added, 1 updated
    $ attend student import bulk --code name
    ! error: invalid value 'name' for '--code <MEMBER>'
    !   [possible values: identifier, sourcedId, username]
    !
    ! For more information, try '--help'.
    [2]
    "#);
}

#[test]
fn a_delta_changes_what_it_lists_and_nobody_leaves_by_absence() {
    let mut school = school();
    school.ok(&["student", "import", "bulk"]);
    delta(&school);
    school.at("2026-10-01T07:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "student import delta --deactivate-missing",
        "student import delta --dry-run",
        "student import delta --force -v",
        "student list --all --format csv",
    ]), @"
    $ attend student import delta --deactivate-missing
    ! attend: delta/users.csv lists only changes, so a student may be missing without having left
    ! hint: leave --deactivate-missing away
    [1]
    $ attend student import delta --dry-run
    ! attend: the file would deactivate 1 student, more than a fifth of the 3 active ones
    ! hint: nothing was imported; if the roll really changed this much, add --force
    [1]
    $ attend student import delta --force -v
    ! OneRoster 1.1 delta: 3 students of 1 school
    ! 1 added, 1 updated, 1 deactivated
    $ attend student list --all --format csv
    code,name,group,active␍
    H000103,Ada Karim,Maths 7 set 1,true␍
    H000104,Omar Haddad,,false␍
    H000105,Léa Fontaine,,true␍
    H000106,Yusuf Demir,7A,true␍
    ");
}

#[test]
fn a_delta_keeps_the_planned_classes_that_it_does_not_mention() {
    let mut school = school();
    school.ok(&["student", "import", "bulk", "--groups-from", "classes,grade"]);
    delta(&school);
    let users = USERS.lines().next().unwrap();
    // Omar's class ends on 30 September, and Ada's Maths begins on the 14th. Both only get another name and grade.
    school.write(
        "delta/users.csv",
        format!("{users}\nu-1,active,,true,s1,student,ada.k,,Ada,Karim-Lee,,H000103,,,,,08,\nu-2,active,,true,s1,student,omar.h,,Omar,Haddad-Lee,,H000104,,,,,07,\n"),
    );
    school.write("delta/enrollments.csv", ENROLLMENTS.lines().next().unwrap());
    school.at("2026-09-08T07:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "student import delta --groups-from classes,grade",
        "student import delta --groups-from classes,grade -v",
        "student show H000103",
        "student show H000104",
    ]), @"
    $ attend student import delta --groups-from classes,grade
    $ attend student import delta --groups-from classes,grade -v
    ! OneRoster 1.1 delta: 2 students of 1 school
    ! 2 unchanged
    $ attend student show H000103
    H000103 · Ada Karim-Lee · 08,7A
    sis:u-1

     FROM               UNTIL              GROUP
     always             8 Sep 2026 07:00   07,7A
     8 Sep 2026 07:00   14 Sep 2026 00:00  08,7A
     14 Sep 2026 00:00  further notice     08,7A,Maths 7 set 1
    $ attend student show H000104
    H000104 · Omar Haddad-Lee · 07,7A
    sis:u-2

     FROM               UNTIL              GROUP
     always             30 Sep 2026 00:00  07,7A
     30 Sep 2026 00:00  further notice     07
    ");
    // Another class of the same student leaves the planned end alone, too.
    school.write(
        "delta/enrollments.csv",
        ENROLLMENTS.lines().next().unwrap().to_owned() + "\ne9,active,,k-ma1,s1,u-2,student,,2026-09-08,\n",
    );
    insta::assert_snapshot!(school.session(&["student import delta --groups-from classes,grade", "student show H000104"]), @"
    $ attend student import delta --groups-from classes,grade
    $ attend student show H000104
    H000104 · Omar Haddad-Lee · 07,7A,Maths 7 set 1
    sis:u-2

     FROM               UNTIL              GROUP
     always             8 Sep 2026 07:00   07,7A
     8 Sep 2026 07:00   30 Sep 2026 00:00  07,7A,Maths 7 set 1
     30 Sep 2026 00:00  further notice     07,Maths 7 set 1
    ");
}

#[test]
fn a_student_whom_a_whole_export_lists_still_leaves_as_planned() {
    let mut school = school();
    school.ok(&["student", "import", "bulk"]);
    school.ok(&["student", "deactivate", "H000103", "--from", "2026-09-20"]);
    school.at("2026-09-08T07:00:00+03:00");
    insta::assert_snapshot!(school.session(&["student import bulk -v", "student show H000103"]), @"
    $ attend student import bulk -v
    ! OneRoster 1.1 bulk: 4 students of 2 schools
    ! 1 updated, 3 unchanged
    $ attend student show H000103
    H000103 · Ada Karim · 7A
    sis:u-1

     FROM               UNTIL              GROUP
     always             14 Sep 2026 00:00  7A
     14 Sep 2026 00:00  20 Sep 2026 00:00  7A,Maths 7 set 1
    ");
}

#[test]
fn a_student_whose_number_changed_is_the_same_student() {
    let mut school = school();
    school.ok(&["student", "import", "bulk"]);
    school.ok(&["period", "add", "P1", "--start", "08:00", "--end", "09:00", "--days", "daily"]);
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-07T08:30:00+03:00");
    school.ingest(seen("H000104", 0.9, "2026-09-07T08:05:00+03:00", "gate-1"));
    delta(&school);
    let users = USERS.lines().next().unwrap();
    let row = |id: &str, name: &str, number: &str| {
        format!("{id},active,2026-10-01T04:00:00.000Z,true,s1,student,{id},,{name},,{number},,,,,07,\n")
    };
    let changed = |rows: &[String]| {
        school.write("delta/users.csv", format!("{users}\n{}", rows.concat()));
        school.session(&[
            "student import delta --dry-run",
            "student import delta -v",
            "student list --format csv",
        ])
    };
    insta::assert_snapshot!(changed(&[row("u-2", "Omar,Haddad", "H000204")]), @"
    $ attend student import delta --dry-run
     CHANGE  CODE     NAME       GROUP     CHANGES
     update  H000103  Ada Karim            group 7A → none
    ! H000104 → H000204: the number changed in the school system
    $ attend student import delta -v
    ! OneRoster 1.1 delta: 2 students of 1 school
    ! H000104 → H000204: the number changed in the school system
    ! 1 updated, 1 unchanged
    $ attend student list --format csv
    code,name,group,active␍
    H000103,Ada Karim,,true␍
    H000105,Léa Fontaine,,true␍
    H000204,Omar Haddad,7A,true␍
    ");
    let late = school.ingest(seen("H000104", 0.9, "2026-09-07T08:06:00+03:00", "gate-1"));
    assert_eq!(late[0]["status"], 200, "a line from before the change names the old code");
    insta::assert_snapshot!(school.session(&["history H000204 --date today", "audit --format csv --limit 4"]), @r#"
    $ attend history H000204 --date today
    H000204 · Omar Haddad · 7A · Mon 7 Sep 2026
    P1  ✓ present  08:05–08:06  best 0.90 gate-1  2 sightings

     TIME      WHAT  PERIOD  CAMERA  SCORE  EFFECT   BY  REASON
     08:05:00  seen  P1      gate-1   0.90  first
     08:06:00  seen  P1      gate-1   0.90  counted
    $ attend audit --format csv --limit 4
    id,at,by,action,student,detail␍
    1,2026-09-07T09:59:12+03:00,admin,init,,Asia/Baghdad␍
    5,2026-09-07T08:30:00+03:00,admin,student import,,"1 updated, 1 changed code"␍
    4,2026-09-07T07:00:00+03:00,admin,schedule generate,,"2026-09-07..2026-09-13: 7 created, 0 updated, 0 removed"␍
    3,2026-09-07T07:00:00+03:00,admin,period add,,P1␍
    "#);
    // Two students swap their numbers, and a third gets the number of a student who is not in the export.
    insta::assert_snapshot!(changed(&[row("u-1", "Ada,Karim", "H000204"), row("u-2", "Omar,Haddad", "H000103")]), @"
    $ attend student import delta --dry-run
    Only codes change.
    ! H000103 → H000204: the number changed in the school system
    ! H000204 → H000103: the number changed in the school system
    $ attend student import delta -v
    ! OneRoster 1.1 delta: 2 students of 1 school
    ! H000103 → H000204: the number changed in the school system
    ! H000204 → H000103: the number changed in the school system
    ! 2 unchanged
    $ attend student list --format csv
    code,name,group,active␍
    H000103,Omar Haddad,7A,true␍
    H000105,Léa Fontaine,,true␍
    H000204,Ada Karim,,true␍
    ");
    insta::assert_snapshot!(changed(&[row("u-1", "Ada,Karim", "H000105")]), @r#"
    $ attend student import delta --dry-run
    ! attend: delta/users.csv:2: the number of "H000204" is "H000105" now, which is the code of another student
    ! hint: attend student retire-code H000105, if that student left; nothing was imported
    [65]
    $ attend student import delta -v
    ! attend: delta/users.csv:2: the number of "H000204" is "H000105" now, which is the code of another student
    ! hint: attend student retire-code H000105, if that student left; nothing was imported
    [65]
    $ attend student list --format csv
    code,name,group,active␍
    H000103,Omar Haddad,7A,true␍
    H000105,Léa Fontaine,,true␍
    H000204,Ada Karim,,true␍
    "#);
    assert_eq!(
        school
            .ok(&["recompute", "--from", "2026-09-07", "--to", "2026-09-07", "--dry-run", "--format", "csv"])
            .lines()
            .count(),
        1
    );
}

#[test]
fn many_changed_numbers_stop_an_import() {
    let school = school();
    let header = USERS.lines().next().unwrap();
    let users = |code: &str| {
        let rows =
            (1..=6).map(|n| format!("v-{n},,,true,s1,student,name{n},,Name{n},Family,,{code}{n},,,,,07,\n"));
        school.write("bulk/users.csv", format!("{header}\n{}", rows.collect::<String>()));
    };
    users("A");
    school.ok(&["student", "import", "bulk"]);
    users("B");
    insta::assert_snapshot!(school.session(&[
        "student import bulk",
        "student import bulk --force -v",
        "student list --format csv",
    ]), @"
    $ attend student import bulk
    ! attend: the file would change the codes of 6 students, more than a fifth
    ! hint: did the last import take another member (--code)? If the numbers really changed, add --force
    [1]
    $ attend student import bulk --force -v
    ! OneRoster 1.1 bulk: 6 students of 1 school
    ! A1 → B1: the number changed in the school system
    ! A2 → B2: the number changed in the school system
    ! A3 → B3: the number changed in the school system
    ! A4 → B4: the number changed in the school system
    ! A5 → B5: the number changed in the school system
    ! A6 → B6: the number changed in the school system
    ! 6 unchanged
    $ attend student list --format csv
    code,name,group,active␍
    B1,Name1 Family,,true␍
    B2,Name2 Family,,true␍
    B3,Name3 Family,,true␍
    B4,Name4 Family,,true␍
    B5,Name5 Family,,true␍
    B6,Name6 Family,,true␍
    ");
}

#[test]
fn from_says_since_when_classes_count() {
    let school = school();
    school.ok(&["student", "import", "bulk", "--from", "2026-09-20"]);
    insta::assert_snapshot!(school.session(&["student show H000103", "student show H000104"]), @"
    $ attend student show H000103
    H000103 · Ada Karim · 7A,Maths 7 set 1 · inactive

     FROM               UNTIL           GROUP
     20 Sep 2026 00:00  further notice  7A,Maths 7 set 1
    $ attend student show H000104
    H000104 · Omar Haddad · 7A · inactive

     FROM               UNTIL              GROUP
     20 Sep 2026 00:00  30 Sep 2026 00:00  7A
     30 Sep 2026 00:00  further notice
    ");
}

#[test]
fn a_whole_export_with_few_students_stops() {
    let school = school();
    school.ok(&["student", "import", "bulk"]);
    let few: String = USERS.lines().take(2).map(|line| format!("{line}\n")).collect();
    school.write("bulk/users.csv", few);
    insta::assert_snapshot!(school.session(&[
        "student import bulk --deactivate-missing",
        "student import bulk -v",
    ]), @"
    $ attend student import bulk --deactivate-missing
    ! attend: the file would deactivate 2 students, more than a fifth of the 3 active ones
    ! hint: nothing was imported; if the roll really changed this much, add --force
    [1]
    $ attend student import bulk -v
    ! OneRoster 1.1 bulk: 1 student of 1 school
    ! 1 unchanged
    ");
}

#[test]
fn an_archive_of_version_1_2_is_read() {
    let school = school();
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let tables = [
        ("manifest.csv", manifest("bulk").replace("oneroster.version,1.1", "oneroster.version,1.2")),
        ("orgs.csv", ORGS.to_owned()),
        ("classes.csv", CLASSES.to_owned()),
        ("enrollments.csv", ENROLLMENTS.to_owned()),
        (
            "users.csv",
            "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,grades,primaryOrgSourcedId\n\
             u-1,active,,true,ada.k,,Ada,Karim,,H000103,07,s1\nu-8,active,,true,ms.lee,,Ms,Lee,,T1,,s1\n"
                .to_owned(),
        ),
        (
            "roles.csv",
            "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n\
             r1,active,,u-1,primary,student,,,s1\nr2,active,,u-8,primary,teacher,,,s1\n"
                .to_owned(),
        ),
    ];
    for (name, text) in tables {
        archive.start_file(format!("export/{name}"), SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    school.write("export.zip", archive.finish().unwrap().into_inner());
    insta::assert_snapshot!(school.session(&["student import export.zip -v", "student list --format csv"]), @"
    $ attend student import export.zip -v
    ! OneRoster 1.2 bulk: 1 student of 1 school
    ! 1 added
    $ attend student list --format csv
    code,name,group,active␍
    H000103,Ada Karim,7A,true␍
    ");
}

#[test]
fn faults_name_the_table_and_the_line() {
    let school = school();
    school.write("bulk/users.csv", USERS.replace("H000104", ""));
    insta::assert_snapshot!(school.session(&["student import bulk"]), @r#"
    $ attend student import bulk
    ! attend: bulk/users.csv:4: the student "u-2" has no identifier
    ! hint: --code sourcedId or --code username takes another member; nothing was imported
    [65]
    "#);
    std::fs::remove_file(school.path("bulk/users.csv")).unwrap();
    insta::assert_snapshot!(school.session(&["student import bulk"]), @"
    $ attend student import bulk
    ! attend: bulk/: a OneRoster export needs a users.csv
    ! hint: nothing was imported
    [65]
    ");
}

#[test]
fn titles_and_identities_may_hold_any_separator() {
    let school = school();
    let replaced = |text: &str| {
        text.replace("Maths 7 set 1", "\"Maths; 7, set 1\"")
            .replace("u-1", "\"u;1\"")
            .replace("u-2", "\"u,2\"")
    };
    for (name, text) in [("classes.csv", CLASSES), ("users.csv", USERS), ("enrollments.csv", ENROLLMENTS)] {
        school.write(&format!("bulk/{name}"), replaced(text));
    }
    school.ok(&["student", "import", "bulk"]);
    insta::assert_snapshot!(school.session(&[
        "student import bulk -v",
        "student list --format csv",
        "student show H000103",
        "student show H000104",
    ]), @"
    $ attend student import bulk -v
    ! OneRoster 1.1 bulk: 4 students of 2 schools
    ! 4 unchanged
    $ attend student list --format csv
    code,name,group,active␍
    H000103,Ada Karim,7A,true␍
    H000104,Omar Haddad,7A,true␍
    H000105,Léa Fontaine,,true␍
    $ attend student show H000103
    H000103 · Ada Karim · 7A
    sis:u;1

     FROM               UNTIL              GROUP
     always             14 Sep 2026 00:00  7A
     14 Sep 2026 00:00  further notice     7A,Maths  7  set 1
    $ attend student show H000104
    H000104 · Omar Haddad · 7A
    sis:u,2

     FROM               UNTIL              GROUP
     always             30 Sep 2026 00:00  7A
     30 Sep 2026 00:00  further notice
    ");
}
