CREATE TABLE absence_feed (
    name TEXT PRIMARY KEY,
    begins TEXT NOT NULL,
    edition INTEGER NOT NULL,
    sent_edition INTEGER,
    sent_version INTEGER,
    sent_at INTEGER,
    confirmed_version INTEGER,
    confirmed_at INTEGER,
    CHECK ((sent_edition IS NULL) = (sent_version IS NULL) AND (sent_version IS NULL) = (sent_at IS NULL)),
    CHECK ((confirmed_version IS NULL) = (confirmed_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TABLE absence_told (
    feed TEXT NOT NULL REFERENCES absence_feed,
    date TEXT NOT NULL,
    period TEXT NOT NULL,
    code TEXT NOT NULL,
    student INTEGER NOT NULL REFERENCES student,
    absent INTEGER NOT NULL CHECK (absent IN (0, 1)),
    edition INTEGER NOT NULL,
    confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
    PRIMARY KEY (date, period, feed, code),
    CHECK (absent OR NOT confirmed)
) STRICT, WITHOUT ROWID;
CREATE TABLE alert (
    check_name TEXT NOT NULL,
    subject TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('warning', 'critical')),
    since INTEGER NOT NULL,
    bad INTEGER NOT NULL CHECK (bad IN (0, 1)),
    runs INTEGER NOT NULL,
    critical_runs INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    episodes TEXT NOT NULL,
    unsteady INTEGER NOT NULL CHECK (unsteady IN (0, 1)),
    told_at INTEGER,
    told_severity TEXT CHECK (told_severity IN ('warning', 'critical')),
    told_unsteady INTEGER CHECK (told_unsteady IN (0, 1)),
    acked_by TEXT,
    acked_at INTEGER,
    PRIMARY KEY (check_name, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_mute (
    target TEXT PRIMARY KEY,
    until INTEGER NOT NULL,
    muted_by TEXT NOT NULL,
    muted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO alert_mute VALUES ('runners:gate-2', 1789023552000000, 'admin', 1788764352000000);
CREATE TABLE alias (
    key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('card', 'pin', 'face', 'sis')),
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL CHECK (until_at > from_at),
    student INTEGER NOT NULL REFERENCES student,
    value TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('import', 'hand')),
    PRIMARY KEY (key, kind, from_at)
) STRICT, WITHOUT ROWID;
CREATE TABLE alive (
    minute INTEGER NOT NULL,
    camera INTEGER NOT NULL,
    signs INTEGER NOT NULL CHECK (signs BETWEEN 0 AND 127),
    PRIMARY KEY (minute, camera)
) STRICT, WITHOUT ROWID;
INSERT INTO alive VALUES (29812718, 1, 8);
INSERT INTO alive VALUES (29812719, 2, 8);
INSERT INTO alive VALUES (29812720, 1, 8);
INSERT INTO alive VALUES (29812739, 1, 16);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    done_by TEXT NOT NULL,
    action TEXT NOT NULL,
    student INTEGER REFERENCES student,
    detail TEXT NOT NULL
) STRICT;
INSERT INTO audit VALUES (1, 1788764352000000, 'admin', 'init', NULL, 'Asia/Baghdad');
INSERT INTO audit VALUES (2, 1788764352000000, 'admin', 'student import', NULL, '5 added');
INSERT INTO audit VALUES (3, 1788764352000000, 'admin', 'period add', NULL, 'Assembly');
INSERT INTO audit VALUES (4, 1788764352000000, 'admin', 'period add', NULL, 'Block 1');
INSERT INTO audit VALUES (5, 1788764352000000, 'admin', 'period add', NULL, 'Block 2');
INSERT INTO audit VALUES (6, 1788764352000000, 'admin', 'period add', NULL, 'Block 3');
INSERT INTO audit VALUES (7, 1788764352000000, 'admin', 'schedule generate', NULL, '2026-09-07..2026-09-13: 20 created, 0 updated, 0 removed');
INSERT INTO audit VALUES (8, 1788764352000000, 'admin', 'mark', 3, 'excused in Block 2 on 2026-09-07; dentist');
INSERT INTO audit VALUES (9, 1788764352000000, 'admin', 'settings set', NULL, 'min_score 0.75 → 0.8');
INSERT INTO audit VALUES (10, 1788764352000000, 'admin', 'schedule close', NULL, '2026-12-24');
INSERT INTO audit VALUES (11, 1788764352000000, 'admin', 'schedule cancel', NULL, 'Assembly on 2026-09-08');
INSERT INTO audit VALUES (12, 1788764352000000, 'admin', 'alert mute', NULL, 'runners:gate-2 until 2026-09-10T09:59:12+03:00');
INSERT INTO audit VALUES (13, 1788764352000000, 'admin', 'student erase', NULL, 'receipt 1: asked: enrolments 1');
CREATE TABLE camera (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    added_at INTEGER NOT NULL,
    first_name TEXT
) STRICT;
INSERT INTO camera VALUES (1, 'gate-1', 1788764352000000, NULL);
INSERT INTO camera VALUES (2, 'gate-2', 1788764352000000, NULL);
CREATE TABLE camera_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    camera INTEGER NOT NULL REFERENCES camera,
    kind TEXT NOT NULL CHECK (kind IN ('place', 'rest', 'retire', 'return')),
    from_ts INTEGER NOT NULL,
    until_ts INTEGER CHECK ((until_ts IS NOT NULL) = (kind = 'rest')),
    place TEXT CHECK (place IS NULL OR kind = 'place'),
    door INTEGER NOT NULL DEFAULT 0 CHECK (door IN (0, 1))
) STRICT;
CREATE TABLE camera_clock (
    camera INTEGER PRIMARY KEY REFERENCES camera,
    arrived_at INTEGER NOT NULL,
    ahead INTEGER NOT NULL,
    heartbeat INTEGER NOT NULL CHECK (heartbeat IN (0, 1))
) STRICT;
INSERT INTO camera_clock VALUES (1, 1788764352000000, -1152000000, 0);
INSERT INTO camera_clock VALUES (2, 1788764352000000, -1212000000, 0);
CREATE TABLE camera_day (
    camera INTEGER NOT NULL REFERENCES camera,
    date TEXT NOT NULL,
    first INTEGER NOT NULL,
    first_beat INTEGER,
    last_beat INTEGER,
    PRIMARY KEY (camera, date)
) STRICT, WITHOUT ROWID;
INSERT INTO camera_day VALUES (1, '2026-09-07', 29812718, 29812739, 29812739);
INSERT INTO camera_day VALUES (2, '2026-09-07', 29812719, NULL, NULL);
CREATE TABLE closure (
    id INTEGER PRIMARY KEY,
    from_date TEXT NOT NULL,
    to_date TEXT NOT NULL CHECK (to_date >= from_date),
    reason TEXT NOT NULL,
    event TEXT,
    closed_by TEXT NOT NULL,
    closed_at INTEGER NOT NULL
) STRICT;
INSERT INTO closure VALUES (1, '2026-12-24', '2026-12-24', 'eve', NULL, 'admin', 1788764352000000);
CREATE TABLE coverage (
    occurrence INTEGER NOT NULL REFERENCES occurrence,
    kind TEXT NOT NULL CHECK (kind IN ('place', 'camera', 'nothing')),
    name TEXT NOT NULL,
    named INTEGER NOT NULL CHECK (named IN (0, 1)),
    cameras TEXT NOT NULL,
    watched INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    failed INTEGER NOT NULL CHECK (failed IN (0, 1)),
    blind TEXT NOT NULL,
    PRIMARY KEY (occurrence, kind, name, named)
) STRICT, WITHOUT ROWID;
CREATE TABLE enrolment (
    student INTEGER NOT NULL REFERENCES student,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL CHECK (until_at > from_at),
    PRIMARY KEY (student, from_at)
) STRICT, WITHOUT ROWID;
INSERT INTO enrolment VALUES (1, -62135596800000000, 253402214400000000);
INSERT INTO enrolment VALUES (2, -62135596800000000, 253402214400000000);
INSERT INTO enrolment VALUES (3, -62135596800000000, 253402214400000000);
INSERT INTO enrolment VALUES (4, -62135596800000000, 253402214400000000);
CREATE TABLE erased_crop (
    student INTEGER NOT NULL REFERENCES erasing,
    path TEXT NOT NULL,
    PRIMARY KEY (student, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE erasing (
    student INTEGER PRIMARY KEY,
    code_hmac BLOB NOT NULL UNIQUE REFERENCES tombstone,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    called TEXT NOT NULL,
    aliases INTEGER NOT NULL,
    enrolments INTEGER NOT NULL,
    recognitions INTEGER NOT NULL,
    records INTEGER NOT NULL,
    marks INTEGER NOT NULL,
    quarantine INTEGER NOT NULL,
    texts INTEGER NOT NULL,
    audit INTEGER NOT NULL,
    messages INTEGER NOT NULL
) STRICT;
CREATE TABLE erasure_doubt (
    code_hmac BLOB NOT NULL REFERENCES tombstone ON DELETE CASCADE,
    place TEXT NOT NULL,
    PRIMARY KEY (code_hmac, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE excuse (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    student INTEGER NOT NULL REFERENCES student,
    kind TEXT NOT NULL CHECK (kind IN ('excused', 'left')),
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL CHECK (until_at > from_at),
    reason TEXT,
    given_by TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    taken_back_by TEXT,
    taken_back_at INTEGER,
    CHECK ((taken_back_by IS NULL) = (taken_back_at IS NULL))
) STRICT;
CREATE TABLE feed (
    name TEXT PRIMARY KEY,
    confirmed_version INTEGER,
    confirmed_at INTEGER,
    sent_version INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    CHECK ((confirmed_version IS NULL) = (confirmed_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TABLE feed_class (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    homeroom INTEGER NOT NULL CHECK (homeroom IN (0, 1)),
    school TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE former_code (
    code TEXT NOT NULL,
    until_at INTEGER NOT NULL,
    student INTEGER REFERENCES student
) STRICT;
CREATE TABLE former_reason (
    words TEXT PRIMARY KEY COLLATE NOCASE,
    key TEXT NOT NULL COLLATE NOCASE
) STRICT, WITHOUT ROWID;
CREATE TABLE heartbeat (
    camera INTEGER PRIMARY KEY REFERENCES camera,
    ts INTEGER NOT NULL,
    snapshot_every INTEGER NOT NULL,
    pid INTEGER,
    target_fps REAL,
    processed_fps REAL,
    detected INTEGER,
    matched INTEGER,
    latency_ms REAL,
    last_error TEXT NOT NULL,
    blind INTEGER NOT NULL CHECK (blind IN (0, 1)),
    resting INTEGER NOT NULL CHECK (resting IN (0, 1))
) STRICT;
INSERT INTO heartbeat VALUES (1, 1788764352000000, 30000000, NULL, NULL, NULL, NULL, NULL, NULL, '', 0, 0);
CREATE TABLE job (
    name TEXT PRIMARY KEY,
    ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
    reported_at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    last_ok_at INTEGER,
    last_error TEXT,
    last_error_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO job VALUES ('enforcer', 0, 1788764352000000, 1788764352000000, NULL, 'camera 3: no route', 1788764352000000);
CREATE TABLE job_run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    started_by TEXT NOT NULL,
    pid INTEGER NOT NULL,
    finished_at INTEGER,
    ok INTEGER CHECK (ok IN (0, 1)),
    fault TEXT CHECK (fault IN ('contradiction', 'damage')),
    error TEXT,
    reached TEXT,
    CHECK ((finished_at IS NULL) = (ok IS NULL)),
    CHECK (fault IS NULL OR ok = 0)
) STRICT;
INSERT INTO job_run VALUES (1, 'schedule generate', 1788764352000000, 'admin', 22851, 1788764352014162, 1, NULL, NULL, '2026-09-13');
CREATE TABLE key (
    id TEXT PRIMARY KEY,
    runner TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    first_used_at INTEGER,
    last_used_at INTEGER,
    expires_at INTEGER,
    revoked_at INTEGER,
    revoked_by TEXT,
    successor TEXT REFERENCES key,
    grace INTEGER,
    cameras TEXT,
    jobs INTEGER NOT NULL DEFAULT 1 CHECK (jobs IN (0, 1)),
    CHECK (cameras IS NOT NULL OR jobs)
) STRICT, WITHOUT ROWID;
CREATE TABLE mark (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    occurrence INTEGER NOT NULL REFERENCES occurrence,
    student INTEGER NOT NULL REFERENCES student,
    decision TEXT CHECK (decision IN ('present', 'late', 'absent', 'excused')),
    minutes INTEGER CHECK (minutes IS NULL OR decision = 'late'),
    marked_by TEXT NOT NULL,
    marked_at INTEGER NOT NULL,
    reason TEXT
) STRICT;
INSERT INTO mark VALUES (1, 3, 3, 'excused', NULL, 'admin', 1788764352000000, 'dentist');
CREATE TABLE membership (
    student INTEGER NOT NULL REFERENCES student,
    group_name TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL CHECK (until_at > from_at),
    source TEXT NOT NULL CHECK (source IN ('import', 'hand')),
    PRIMARY KEY (student, from_at, group_name)
) STRICT, WITHOUT ROWID;
INSERT INTO membership VALUES (1, 'G7', -62135596800000000, 253402214400000000, 'import');
INSERT INTO membership VALUES (2, 'G7', -62135596800000000, 253402214400000000, 'import');
INSERT INTO membership VALUES (3, 'G7', -62135596800000000, 253402214400000000, 'import');
INSERT INTO membership VALUES (4, 'G8', -62135596800000000, 253402214400000000, 'import');
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    route TEXT NOT NULL,
    names INTEGER NOT NULL CHECK (names IN (0, 1)),
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'unsure', 'failed')),
    due_at INTEGER,
    claimed_until INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    doubts INTEGER NOT NULL DEFAULT 0,
    ended_at INTEGER,
    error TEXT NOT NULL DEFAULT '',
    UNIQUE (key, channel, recipient),
    CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CHECK ((state = 'waiting') = (ended_at IS NULL))
) STRICT;
CREATE TABLE occurrence (
    id INTEGER PRIMARY KEY,
    period INTEGER REFERENCES period ON DELETE SET NULL,
    date TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    ord INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
    opens_at INTEGER NOT NULL CHECK (opens_at <= starts_at),
    closes_at INTEGER NOT NULL CHECK (closes_at >= ends_at),
    late_after INTEGER,
    closes_after INTEGER,
    groups TEXT NOT NULL,
    places TEXT NOT NULL,
    min_coverage REAL NOT NULL,
    max_blind INTEGER NOT NULL,
    camera_changes INTEGER,
    cancelled TEXT,
    odd TEXT CHECK (odd IN ('moved', 'added')),
    whole_end INTEGER,
    touched_by TEXT,
    touched_at INTEGER,
    UNIQUE (date, name)
) STRICT;
INSERT INTO occurrence VALUES (1, 1, '2026-09-07', 'Assembly', 1, 1788757200000000, 1788758100000000, 1788756900000000, 1788758100000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (2, 2, '2026-09-07', 'Block 1', 2, 1788758400000000, 1788762600000000, 1788758100000000, 1788762600000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (3, 3, '2026-09-07', 'Block 2', 3, 1788762900000000, 1788765600000000, 1788762600000000, 1788765600000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (4, 4, '2026-09-07', 'Block 3', 4, 1788766500000000, 1788769200000000, 1788766200000000, 1788769200000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (5, 1, '2026-09-08', 'Assembly', 1, 1788843600000000, 1788844500000000, 1788843300000000, 1788844500000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, 'rain', NULL, NULL, 'admin', 1788764352000000);
INSERT INTO occurrence VALUES (6, 2, '2026-09-08', 'Block 1', 2, 1788844800000000, 1788849000000000, 1788844500000000, 1788849000000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (7, 3, '2026-09-08', 'Block 2', 3, 1788849300000000, 1788852000000000, 1788849000000000, 1788852000000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (8, 4, '2026-09-08', 'Block 3', 4, 1788852900000000, 1788855600000000, 1788852600000000, 1788855600000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (9, 1, '2026-09-09', 'Assembly', 1, 1788930000000000, 1788930900000000, 1788929700000000, 1788930900000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (10, 2, '2026-09-09', 'Block 1', 2, 1788931200000000, 1788935400000000, 1788930900000000, 1788935400000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (11, 3, '2026-09-09', 'Block 2', 3, 1788935700000000, 1788938400000000, 1788935400000000, 1788938400000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (12, 4, '2026-09-09', 'Block 3', 4, 1788939300000000, 1788942000000000, 1788939000000000, 1788942000000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (13, 1, '2026-09-10', 'Assembly', 1, 1789016400000000, 1789017300000000, 1789016100000000, 1789017300000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (14, 2, '2026-09-10', 'Block 1', 2, 1789017600000000, 1789021800000000, 1789017300000000, 1789021800000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (15, 3, '2026-09-10', 'Block 2', 3, 1789022100000000, 1789024800000000, 1789021800000000, 1789024800000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (16, 4, '2026-09-10', 'Block 3', 4, 1789025700000000, 1789028400000000, 1789025400000000, 1789028400000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (17, 1, '2026-09-13', 'Assembly', 1, 1789275600000000, 1789276500000000, 1789275300000000, 1789276500000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (18, 2, '2026-09-13', 'Block 1', 2, 1789276800000000, 1789281000000000, 1789276500000000, 1789281000000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (19, 3, '2026-09-13', 'Block 2', 3, 1789281300000000, 1789284000000000, 1789281000000000, 1789284000000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO occurrence VALUES (20, 4, '2026-09-13', 'Block 3', 4, 1789284900000000, 1789287600000000, 1789284600000000, 1789287600000000, 600000000, NULL, '', '', 80.0, 120000000, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE opened_date (
    event TEXT NOT NULL,
    date TEXT NOT NULL,
    PRIMARY KEY (event, date)
) STRICT, WITHOUT ROWID;
CREATE TABLE period (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    ord INTEGER NOT NULL,
    start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute INTEGER NOT NULL CHECK (end_minute BETWEEN 0 AND 1439),
    days INTEGER NOT NULL CHECK (days BETWEEN 1 AND 127),
    early_grace INTEGER NOT NULL CHECK (early_grace >= 0),
    late_grace INTEGER NOT NULL CHECK (late_grace >= 0),
    late_after INTEGER CHECK (late_after >= 0),
    closes_after INTEGER CHECK (closes_after >= 0),
    groups TEXT NOT NULL,
    places TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1))
) STRICT;
INSERT INTO period VALUES (1, 'Assembly', 1, 480, 495, 79, 300000000, 0, 600000000, NULL, '', '', 1);
INSERT INTO period VALUES (2, 'Block 1', 2, 500, 570, 79, 300000000, 0, 600000000, NULL, '', '', 1);
INSERT INTO period VALUES (3, 'Block 2', 3, 575, 620, 79, 300000000, 0, 600000000, NULL, '', '', 1);
INSERT INTO period VALUES (4, 'Block 3', 4, 635, 680, 79, 300000000, 0, 600000000, NULL, '', '', 1);
CREATE TABLE policy (
    id INTEGER PRIMARY KEY,
    min_score REAL NOT NULL,
    reregister_window INTEGER NOT NULL,
    min_improve_delta REAL NOT NULL,
    UNIQUE (min_score, reregister_window, min_improve_delta)
) STRICT;
INSERT INTO policy VALUES (1, 0.75, 10000000, 0.01);
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    received_at INTEGER NOT NULL,
    runner TEXT NOT NULL,
    camera TEXT NOT NULL,
    reason TEXT NOT NULL,
    waits INTEGER NOT NULL CHECK (waits IN (0, 1)),
    detail TEXT NOT NULL,
    line BLOB NOT NULL
) STRICT;
INSERT INTO quarantine VALUES (1, x'64d1859e537cb9c2a8d34f9e746ba8b2', 1788764352000000, 'local', 'gate-1', 'unknown_student', 1, 'this code is not on the roll', x'7b2273747564656e74223a2248303030393939222c2273636f7265223a302e392c227473223a22323032362d30392d30375430393a34303a30302b30333a3030222c2263616d657261223a22676174652d31227d');
CREATE TABLE rate (
    runner TEXT PRIMARY KEY,
    left REAL NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE reason (
    key TEXT PRIMARY KEY COLLATE NOCASE,
    words TEXT NOT NULL,
    code TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE recognition (
    ts INTEGER NOT NULL,
    student INTEGER NOT NULL,
    camera INTEGER NOT NULL,
    score REAL NOT NULL,
    crop TEXT,
    crop_score REAL,
    sent_alias INTEGER,
    PRIMARY KEY (ts, student, camera)
) STRICT, WITHOUT ROWID;
INSERT INTO recognition VALUES (1788763080000000, 1, 1, 0.91, NULL, NULL, NULL);
INSERT INTO recognition VALUES (1788763140000000, 4, 2, 0.5, NULL, NULL, NULL);
CREATE TABLE record (
    occurrence INTEGER NOT NULL REFERENCES occurrence,
    student INTEGER NOT NULL REFERENCES student,
    policy INTEGER NOT NULL REFERENCES policy,
    first_seen INTEGER,
    last_seen INTEGER,
    sightings INTEGER NOT NULL,
    best_seen INTEGER,
    best_score REAL,
    best_camera INTEGER REFERENCES camera,
    best_crop TEXT,
    low_sightings INTEGER NOT NULL,
    low_first INTEGER,
    low_last INTEGER,
    low_seen INTEGER,
    low_score REAL,
    low_camera INTEGER REFERENCES camera,
    PRIMARY KEY (occurrence, student),
    CHECK ((sightings > 0) = (first_seen IS NOT NULL)),
    CHECK ((low_sightings > 0) = (low_first IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO record VALUES (3, 1, 1, 1788763080000000, 1788763080000000, 1, 1788763080000000, 0.91, 1, NULL, 0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO record VALUES (3, 4, 1, NULL, NULL, 0, NULL, NULL, NULL, NULL, 1, 1788763140000000, 1788763140000000, 1788763140000000, 0.5, 2);
CREATE TABLE register_change (
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL CHECK (until_at >= from_at),
    version INTEGER NOT NULL,
    PRIMARY KEY (from_at, until_at)
) STRICT, WITHOUT ROWID;
INSERT INTO register_change VALUES (-9223372036854775807, 9223372036854775807, 1);
INSERT INTO register_change VALUES (-62135596800000000, 253402214400000000, 1);
INSERT INTO register_change VALUES (1788652800000000, 9223372036854775807, 1);
INSERT INTO register_change VALUES (1788756900000000, 1788758100000000, 1);
INSERT INTO register_change VALUES (1788758100000000, 1788762600000000, 1);
INSERT INTO register_change VALUES (1788762180000000, 1789370100000000, 1);
INSERT INTO register_change VALUES (1788762600000000, 1788765600000000, 1);
INSERT INTO register_change VALUES (1788766200000000, 1788769200000000, 1);
INSERT INTO register_change VALUES (1788843300000000, 1788844500000000, 1);
INSERT INTO register_change VALUES (1788844500000000, 1788849000000000, 1);
INSERT INTO register_change VALUES (1788849000000000, 1788852000000000, 1);
INSERT INTO register_change VALUES (1788852600000000, 1788855600000000, 1);
INSERT INTO register_change VALUES (1788929700000000, 1788930900000000, 1);
INSERT INTO register_change VALUES (1788930900000000, 1788935400000000, 1);
INSERT INTO register_change VALUES (1788935400000000, 1788938400000000, 1);
INSERT INTO register_change VALUES (1788939000000000, 1788942000000000, 1);
INSERT INTO register_change VALUES (1789016100000000, 1789017300000000, 1);
INSERT INTO register_change VALUES (1789017300000000, 1789021800000000, 1);
INSERT INTO register_change VALUES (1789021800000000, 1789024800000000, 1);
INSERT INTO register_change VALUES (1789025400000000, 1789028400000000, 1);
INSERT INTO register_change VALUES (1789275300000000, 1789276500000000, 1);
INSERT INTO register_change VALUES (1789276500000000, 1789281000000000, 1);
INSERT INTO register_change VALUES (1789281000000000, 1789284000000000, 1);
INSERT INTO register_change VALUES (1789284600000000, 1789287600000000, 1);
INSERT INTO register_change VALUES (1797984000000000, 1798243200000000, 1);
CREATE TABLE review (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ts INTEGER NOT NULL,
    camera INTEGER NOT NULL REFERENCES camera,
    student INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('accept', 'reject', 'reassign', 'undo')),
    to_student INTEGER,
    decided_by TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    reason TEXT,
    CHECK ((to_student IS NOT NULL) = (verdict = 'reassign'))
) STRICT;
CREATE TABLE revision (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    roll INTEGER NOT NULL DEFAULT 0,
    schedule INTEGER NOT NULL DEFAULT 0,
    settings INTEGER NOT NULL DEFAULT 0,
    review INTEGER NOT NULL DEFAULT 0,
    register INTEGER NOT NULL DEFAULT 1,
    watermark INTEGER,
    quarantine_dropped INTEGER NOT NULL DEFAULT 0,
    zone_rules TEXT,
    first_date TEXT,
    bulk INTEGER NOT NULL DEFAULT 0 CHECK (bulk IN (0, 1))
) STRICT;
INSERT INTO revision VALUES (1, 4, 22, 3, 0, 1, NULL, 0, '2025b', '2026-09-07', 0);
CREATE TABLE sent_alias (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    text TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL
) STRICT;
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    periods TEXT NOT NULL,
    rule TEXT NOT NULL
) STRICT;
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO setting VALUES ('min_score', '0.8', 1788764352000000, 'admin');
INSERT INTO setting VALUES ('school', 'Green Valley School', 1788764352000000, 'admin');
INSERT INTO setting VALUES ('timezone', 'Asia/Baghdad', 1788764352000000, 'admin');
CREATE TABLE share (
    runner TEXT NOT NULL,
    camera TEXT NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (runner, camera)
) STRICT, WITHOUT ROWID;
INSERT INTO share VALUES ('local', 'gate-1', 1);
CREATE TABLE sheet_columns (
    header TEXT PRIMARY KEY,
    columns TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE student (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
) STRICT;
INSERT INTO student VALUES (1, 'H000101', 'Zoë O''Neil');
INSERT INTO student VALUES (2, 'H000102', 'ژیان ئەحمەد');
INSERT INTO student VALUES (3, 'H000123', 'Ada Karim');
INSERT INTO student VALUES (4, 'H000140', '王小明');
CREATE TABLE tombstone (
    code_hmac BLOB PRIMARY KEY CHECK (length(code_hmac) = 32),
    number INTEGER NOT NULL UNIQUE,
    erased_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO tombstone VALUES (x'c68327c5d5e1f65efcfc8c0ba4d945d42446eda6a23dd6d50a77198422847950', 1, 1788764352000000);
CREATE TABLE tombstone_alias (
    alias_hmac BLOB PRIMARY KEY CHECK (length(alias_hmac) = 32),
    code_hmac BLOB NOT NULL REFERENCES tombstone ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE tombstone_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;
INSERT INTO tombstone_key VALUES (1, x'bd7ea57a6d9b5e382d6c656172cad691d81364585b3df312af30ff8c8376863b');
CREATE INDEX absence_told_about ON absence_told (student);
CREATE INDEX alias_of_student ON alias (student);
CREATE INDEX alive_resting ON alive (minute) WHERE signs & 4;
CREATE INDEX audit_about ON audit (student) WHERE student IS NOT NULL;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX excuse_by_end ON excuse (until_at);
CREATE INDEX excuse_of_student ON excuse (student);
CREATE INDEX job_run_by_outcome ON job_run (name, ok);
CREATE INDEX job_run_by_time ON job_run (started_at);
CREATE INDEX mark_in_force ON mark (occurrence, student, id);
CREATE INDEX message_ended ON message (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX message_failed ON message (id) WHERE state = 'failed';
CREATE INDEX message_unsure ON message (id) WHERE state = 'unsure';
CREATE INDEX message_waiting ON message (id) WHERE state = 'waiting';
CREATE INDEX occurrence_by_period ON occurrence (period);
CREATE INDEX quarantine_by_arrival ON quarantine (received_at);
CREATE INDEX quarantine_by_share ON quarantine (runner, camera, waits, id);
CREATE INDEX quarantine_foreign ON quarantine (received_at, runner) WHERE reason = 'not_your_camera';
CREATE INDEX register_change_by_version ON register_change (version);
CREATE INDEX review_by_sighting ON review (ts);
CREATE INDEX sent_alias_by_key ON sent_alias (key);
CREATE VIEW listed_outside_enrolment AS
SELECT u.student, o.opens_at, o.closes_at
FROM unenrolled u
-- The dates let SQLite use an index. They allow for any time zone.
JOIN occurrence o ON o.date BETWEEN date(u.from_at / 1000000, 'unixepoch', '-1 day') AND date(u.until_at / 1000000, 'unixepoch', '+1 day')
                 AND o.closes_at >= u.from_at AND o.opens_at < u.until_at
WHERE EXISTS (SELECT 1 FROM record WHERE occurrence = o.id AND student = u.student)
   OR EXISTS (SELECT 1 FROM mark WHERE occurrence = o.id AND student = u.student);
CREATE VIEW register_touched AS SELECT from_at, until_at FROM register_change WHERE 0;
CREATE VIEW unenrolled AS
SELECT student, -62135596800000000 AS from_at, min(from_at) AS until_at FROM enrolment GROUP BY student
UNION ALL
SELECT student, until_at, coalesce((SELECT min(n.from_at) FROM enrolment n WHERE n.student = e.student AND n.from_at > e.from_at),
                                   253370764800000000)
FROM enrolment e
UNION ALL
SELECT id, -62135596800000000, 253370764800000000 FROM student s
WHERE NOT EXISTS (SELECT 1 FROM enrolment WHERE student = s.id);
CREATE TRIGGER alias_added AFTER INSERT ON alias BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER alias_changed AFTER UPDATE ON alias BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER alias_gone AFTER DELETE ON alias BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
WHEN NOT EXISTS (SELECT 1 FROM erasing)
  AND NOT EXISTS (SELECT 1 FROM erasure_doubt WHERE place IN ('audit.detail:' || old.id, 'audit.done_by:' || old.id)) BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE student = old.student) BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER camera_changed AFTER UPDATE ON camera BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER closure_added AFTER INSERT ON closure BEGIN UPDATE revision SET schedule = schedule + 1; END;
CREATE TRIGGER closure_gone AFTER DELETE ON closure BEGIN UPDATE revision SET schedule = schedule + 1; END;
CREATE TRIGGER code_retired AFTER INSERT ON former_code BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER enrolment_added AFTER INSERT ON enrolment WHEN NOT (SELECT bulk FROM revision) BEGIN
    UPDATE revision SET roll = roll + 1;
    INSERT INTO register_touched VALUES (new.from_at, new.until_at);
END;
CREATE TRIGGER enrolment_gone AFTER DELETE ON enrolment BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER mark_is_append_only BEFORE UPDATE ON mark
WHEN NOT EXISTS (SELECT 1 FROM erasing)
  AND NOT EXISTS (SELECT 1 FROM erasure_doubt WHERE place IN ('mark.reason:' || old.id, 'mark.marked_by:' || old.id)) BEGIN
    SELECT RAISE(ABORT, 'marks are append-only');
END;
CREATE TRIGGER membership_added AFTER INSERT ON membership WHEN NOT (SELECT bulk FROM revision) BEGIN
    UPDATE revision SET roll = roll + 1;
    INSERT INTO register_touched VALUES (new.from_at, new.until_at);
END;
CREATE TRIGGER membership_gone AFTER DELETE ON membership BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER occurrence_added AFTER INSERT ON occurrence BEGIN
    UPDATE revision SET schedule = schedule + 1, first_date = min(coalesce(first_date, new.date), new.date);
END;
CREATE TRIGGER occurrence_changed AFTER UPDATE ON occurrence BEGIN UPDATE revision SET schedule = schedule + 1; END;
CREATE TRIGGER occurrence_gone AFTER DELETE ON occurrence BEGIN UPDATE revision SET schedule = schedule + 1; END;
CREATE TRIGGER quarantine_gone AFTER DELETE ON quarantine BEGIN
    UPDATE share SET lines = lines - 1 WHERE runner = old.runner AND camera = old.camera;
    DELETE FROM share WHERE runner = old.runner AND camera = old.camera AND lines = 0;
END;
CREATE TRIGGER quarantine_kept AFTER INSERT ON quarantine BEGIN
    INSERT INTO share (runner, camera, lines) VALUES (new.runner, new.camera, 1)
    ON CONFLICT (runner, camera) DO UPDATE SET lines = lines + 1;
END;
CREATE TRIGGER register_by_camera AFTER UPDATE ON camera BEGIN INSERT INTO register_touched VALUES (-9223372036854775807, 9223372036854775807); END;
CREATE TRIGGER register_by_camera_change AFTER INSERT ON camera_change BEGIN INSERT INTO register_touched VALUES (new.from_ts, 9223372036854775807); END;
CREATE TRIGGER register_by_camera_heard AFTER INSERT ON camera_day
WHEN (SELECT count(*) FROM camera_day WHERE camera = new.camera AND date < new.date
        AND date >= coalesce((SELECT date(first_date, '-31 days') FROM revision), '')) < 2 BEGIN
    INSERT INTO register_touched VALUES ((unixepoch(new.date) - 86400) * 1000000, 9223372036854775807);
END;
CREATE TRIGGER register_by_camera_heard_earlier AFTER UPDATE OF first ON camera_day WHEN new.first < old.first BEGIN
    INSERT INTO register_touched VALUES ((unixepoch(new.date) - 86400) * 1000000, 9223372036854775807);
END;
CREATE TRIGGER register_by_closure_added AFTER INSERT ON closure BEGIN
    INSERT INTO register_touched VALUES ((unixepoch(new.from_date) - 86400) * 1000000, (unixepoch(new.to_date) + 172800) * 1000000);
END;
CREATE TRIGGER register_by_closure_gone AFTER DELETE ON closure BEGIN
    INSERT INTO register_touched VALUES ((unixepoch(old.from_date) - 86400) * 1000000, (unixepoch(old.to_date) + 172800) * 1000000);
END;
CREATE TRIGGER register_by_enrolment_gone AFTER DELETE ON enrolment BEGIN INSERT INTO register_touched VALUES (old.from_at, old.until_at); END;
CREATE TRIGGER register_by_excuse_added AFTER INSERT ON excuse BEGIN INSERT INTO register_touched VALUES (new.from_at, new.until_at); END;
CREATE TRIGGER register_by_excuse_changed AFTER UPDATE ON excuse BEGIN INSERT INTO register_touched VALUES (old.from_at, old.until_at), (new.from_at, new.until_at); END;
CREATE TRIGGER register_by_excuse_gone AFTER DELETE ON excuse BEGIN INSERT INTO register_touched VALUES (old.from_at, old.until_at); END;
CREATE TRIGGER register_by_first_date AFTER UPDATE OF first_date ON revision WHEN new.first_date < old.first_date BEGIN
    INSERT INTO register_touched VALUES (-9223372036854775807, 9223372036854775807);
END;
CREATE TRIGGER register_by_mark AFTER INSERT ON mark BEGIN INSERT INTO register_touched SELECT opens_at, closes_at FROM occurrence WHERE id = new.occurrence; END;
CREATE TRIGGER register_by_membership_gone AFTER DELETE ON membership BEGIN INSERT INTO register_touched VALUES (old.from_at, old.until_at); END;
CREATE TRIGGER register_by_name AFTER UPDATE ON student BEGIN
    INSERT INTO register_touched SELECT min(from_at), max(until_at) FROM enrolment WHERE student = new.id;
    INSERT INTO register_touched SELECT opens_at, closes_at FROM listed_outside_enrolment WHERE student = new.id;
END;
CREATE TRIGGER register_by_occurrence_added AFTER INSERT ON occurrence BEGIN INSERT INTO register_touched VALUES (new.opens_at, new.closes_at); END;
CREATE TRIGGER register_by_occurrence_changed AFTER UPDATE ON occurrence BEGIN INSERT INTO register_touched VALUES (old.opens_at, old.closes_at), (new.opens_at, new.closes_at); END;
CREATE TRIGGER register_by_occurrence_gone AFTER DELETE ON occurrence BEGIN INSERT INTO register_touched VALUES (old.opens_at, old.closes_at); END;
CREATE TRIGGER register_by_setting_added AFTER INSERT ON setting WHEN new.key IN ('timezone', 'school_id') BEGIN INSERT INTO register_touched VALUES (-9223372036854775807, 9223372036854775807); END;
CREATE TRIGGER register_by_setting_changed AFTER UPDATE ON setting WHEN new.key IN ('timezone', 'school_id') BEGIN INSERT INTO register_touched VALUES (-9223372036854775807, 9223372036854775807); END;
CREATE TRIGGER register_by_setting_gone AFTER DELETE ON setting WHEN old.key IN ('timezone', 'school_id') BEGIN INSERT INTO register_touched VALUES (-9223372036854775807, 9223372036854775807); END;
CREATE TRIGGER register_is_touched INSTEAD OF INSERT ON register_touched
WHEN new.from_at IS NOT NULL AND new.until_at >= new.from_at BEGIN
    INSERT INTO register_change (from_at, until_at, version) SELECT new.from_at, new.until_at, register FROM revision WHERE true
    ON CONFLICT (from_at, until_at) DO UPDATE SET version = excluded.version WHERE version < excluded.version;
END;
CREATE TRIGGER review_added AFTER INSERT ON review BEGIN UPDATE revision SET review = review + 1; END;
CREATE TRIGGER review_changed AFTER UPDATE ON review BEGIN UPDATE revision SET review = review + 1; END;
CREATE TRIGGER review_gone AFTER DELETE ON review BEGIN UPDATE revision SET review = review + 1; END;
CREATE TRIGGER review_is_append_only BEFORE UPDATE ON review
WHEN NOT EXISTS (SELECT 1 FROM erasing)
  AND NOT EXISTS (SELECT 1 FROM erasure_doubt WHERE place IN ('review.reason:' || old.id, 'review.decided_by:' || old.id)) BEGIN
    SELECT RAISE(ABORT, 'decisions are append-only');
END;
CREATE TRIGGER setting_added AFTER INSERT ON setting BEGIN UPDATE revision SET settings = settings + 1; END;
CREATE TRIGGER setting_changed AFTER UPDATE ON setting BEGIN UPDATE revision SET settings = settings + 1; END;
CREATE TRIGGER setting_gone AFTER DELETE ON setting BEGIN UPDATE revision SET settings = settings + 1; END;
CREATE TRIGGER student_added AFTER INSERT ON student WHEN NOT (SELECT bulk FROM revision) BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER student_changed AFTER UPDATE ON student BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER student_gone AFTER DELETE ON student BEGIN UPDATE revision SET roll = roll + 1; END;
