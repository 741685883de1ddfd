//! Students who come after the register closed.

use crate::common::harness::{School, seen};

#[test]
fn students_seen_after_the_register_closed_are_flagged_in_every_view() {
    let mut school = School::example();
    school.ok(&["period", "edit", "Block 2", "--late-after", "5m", "--closes-after", "15m"]);
    school.at("2026-09-07T07:00:00+03:00");
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-07T10:00:00+03:00");
    school.ingest(
        seen("H000101", 0.9, "2026-09-07T09:36:00+03:00", "gate-1")
            + &seen("H000102", 0.9, "2026-09-07T09:45:00+03:00", "gate-1")
            + &seen("H000123", 0.9, "2026-09-07T09:51:00+03:00", "gate-1"),
    );
    school.ok(&["mark", "H000140", "late", "--minutes", "20", "--reason", "the bus"]);
    insta::assert_snapshot!(school.session(&[
        "roster now",
        "export records --period \"Block 2\" --columns student,minutes_late,after_close --dialect plain",
        "summary",
        "summary --by period --format csv",
        "period edit \"Block 2\" --closes-after 1m",
        "period edit \"Block 2\" --closes-after none -v",
        "period list --format csv",
    ]), @r#"
    $ attend roster now
    Block 2 · Mon 7 Sep · 09:35–10:20   ███████████░░░░░░░░░  55 %   20 min left
    4/5 present · 3 late · 2 after the register closed · 1 absent · coverage 100 %

     CODE     NAME         GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H000177  Omar Haddad  G8     ✗ absent
     H000101  Zoë O'Neil   G7     ✓ present         09:36  09:36   0.90  gate-1
     H000102  ژیان ئەحمەد  G7     ✓ late 10 min     09:45  09:45   0.90  gate-1
     H000123  Ada Karim    G7     ✓ late 16 min     09:51  09:51   0.90  gate-1  after the register closed
     H000140  王小明       G8     ✓ late 20 min                                  after the register closed · admin: the bus
    $ attend export records --period "Block 2" --columns student,minutes_late,after_close --dialect plain
    student,minutes_late,after_close␍
    H000101,,false␍
    H000102,10,false␍
    H000123,16,true␍
    H000140,20,true␍
    H000177,,false␍
    $ attend summary
    Mon 7 Sep 2026 · 5 students · 4 periods, 3 begun, 1 judged (Assembly, Block 1 were blind)
    Present 80.0 % (4 of 5) · late 3 · after the register closed 2 · absent 1 · unknown 10
    unknown: Assembly: no camera on duty 07:55–08:15
    unknown: Block 1: no camera on duty 08:15–09:30

    NEEDS A PERSON
     never seen        H000177 Omar Haddad (G8)

     CODE     NAME         GROUP  PRESENT  LATE  EXCUSED  ASM  B1  B2             B3
     H000101  Zoë O'Neil   G7         1/4     0        0  ◌    ◌   ✓
     H000102  ژیان ئەحمەد  G7         1/4     1        0  ◌    ◌   ✓ late
     H000123  Ada Karim    G7         1/4     1        0  ◌    ◌   ✓ after close
     H000140  王小明       G8         1/4     1        0  ◌    ◌   ✓ after close
     H000177  Omar Haddad  G8         0/4     0        0  ◌    ◌   ✗
    $ attend summary --by period --format csv
    period,present_percent,present,late,after_close,absent,excused,low_score,unknown,pending,expected,blind␍
    Block 2,80,4,3,2,1,0,0,0,0,5,␍
    Assembly,,0,0,0,0,0,0,5,0,5,2026-09-07 Assembly: no camera on duty 07:55–08:15␍
    Block 1,,0,0,0,0,0,0,5,0,5,2026-09-07 Block 1: no camera on duty 08:15–09:30␍
    $ attend period edit "Block 2" --closes-after 1m
    ! attend: Block 2: the register closes 1m after the start, before students are late (5m)
    ! hint: --closes-after must not be shorter than --late-after
    [2]
    $ attend period edit "Block 2" --closes-after none -v
    ! occurrences that have begun keep their plan; attend schedule generate updates future ones
    $ attend period list --format csv
    order,name,start,end,days,mask,early_grace,late_grace,late_after,closes_after,places,groups,enabled␍
    1,Assembly,08:00,08:15,"mon-thu,sun",79,5m,0s,10m,,all,all,true␍
    2,Block 1,08:20,09:30,"mon-thu,sun",79,5m,0s,10m,,all,all,true␍
    3,Block 2,09:35,10:20,"mon-thu,sun",79,5m,0s,5m,,all,all,true␍
    4,Block 3,10:35,11:20,"mon-thu,sun",79,5m,0s,10m,,all,all,true␍
    "#);
}
