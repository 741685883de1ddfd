//! OneRoster exports: folders and archives, everything or changes alone.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::common::harness::School;

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
    ! attend: bulk/users.csv:4: student "omar.h" has "sis:u-2" then
    ! hint: attend student alias omar.h --remove "sis:u-2", with --from if it changed hands before
    [1]
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
    ! attend: the file would deactivate 1 students, more than a fifth of the 3 active ones
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
