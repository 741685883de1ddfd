//! `attend runner list`.

use crate::common::harness::School;

fn beat(camera: &str, ts: &str, error: &str) -> String {
    format!(
        "{{\"type\":\"heartbeat\",\"camera\":\"{camera}\",\"ts\":\"{ts}\",\"pid\":4242,\"target_fps\":6,\"processed_fps\":5.8,\
         \"snapshot_every\":30,\"detected\":10,\"matched\":8,\"latency_ms\":41,\"last_error\":\"{error}\"}}\n"
    )
}

#[test]
fn runners_are_online_stale_offline_or_silent() {
    let school = School::example();
    school.ok(&["camera", "add", "lab"]);
    let input = [
        beat("gate-1", "2026-09-07T09:58:50+03:00", ""),
        // Out of order: the older heartbeat must not take the place of the newer one.
        beat("gate-1", "2026-09-07T09:50:00+03:00", "old"),
        beat(
            "gate-2",
            "2026-09-07T09:56:08+03:00",
            "rtsp: \u{1b}[31mno route".replace('\u{1b}', "\\u001b").as_str(),
        ),
        beat("hall-2", "2026-09-07T08:56:08+03:00", ""),
        crate::common::harness::seen("H000101", 0.9, "2026-09-07T09:57:00+03:00", "gate-1"),
        crate::common::harness::seen("H000101", 0.9, "2026-09-07T09:44:00+03:00", "gate-1"),
    ];
    school.ingest(input.concat());
    insta::assert_snapshot!(school.session(&["runner list", "runner list --window 1h --format csv"]), @r"
    $ attend runner list
     CAMERA  STATE      LAST HEARD               EVENTS  FPS  TARGET  DETECTED  MATCHED    MS  LAST ERROR
     gate-1  ● online   09:58:50, 22 s ago            1  5.8     6.0        10        8  41.0
     gate-2  ▲ stale    09:56:08, 3 min ago           0  5.8     6.0        10        8  41.0  rtsp: \u{1b}[31mno route
     hall-2  ✗ offline  08:56:08, 1 h 3 min ago       0  5.8     6.0        10        8  41.0
     lab     · silent                                 0
    $ attend runner list --window 1h --format csv
    camera,state,last_heartbeat,events,processed_fps,target_fps,detected,matched,latency_ms,snapshot_every,pid,last_error␍
    gate-1,online,2026-09-07T09:58:50+03:00,2,5.8,6,10,8,41,30,4242,␍
    gate-2,stale,2026-09-07T09:56:08+03:00,0,5.8,6,10,8,41,30,4242,rtsp: [31mno route␍
    hall-2,offline,2026-09-07T08:56:08+03:00,0,5.8,6,10,8,41,30,4242,␍
    lab,silent,,0,,,,,,,,␍
    ");
}
