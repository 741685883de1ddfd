-- The first schema. Instants are microseconds since 1970-01-01T00:00:00Z; spans are microseconds;
-- dates are YYYY-MM-DD in the school's zone; times of day are minutes since midnight.

-- One row: counters of changes to tables that a running ingest caches (see the triggers at
-- the end), the watermark before which recognitions were pruned, the number of lines that the quarantine
-- has dropped because it was full, and the version of the zone rules that the schedule was last generated with.
-- register: the version of the registers that changes belong to now. An export to a receiver closes it, and later
-- changes belong to the next one.
-- first_date: the earliest date for which a lesson was ever scheduled. It stays when that is pruned.
-- bulk: 1 within a transaction that adds many students and notes that once, instead of the triggers for each row.
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
INSERT INTO revision (id) VALUES (1);

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE student (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
) STRICT;

-- The codes that students had until they were retired: lines of that time are about them, even
-- if another student has the code now. student NULL: was erased while another one has the code.
CREATE TABLE former_code (
    code TEXT NOT NULL,
    until_at INTEGER NOT NULL,
    student INTEGER REFERENCES student
) STRICT;

-- When a student is on the roll: [from_at, until_at).
CREATE TABLE enrolment (
    student INTEGER NOT NULL REFERENCES student,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL CHECK (until_at > from_at),
    PRIMARY KEY (student, from_at)
) STRICT, WITHOUT ROWID;

-- When a student is in a group: [from_at, until_at). An import replaces only memberships that an import made.
CREATE TABLE membership (
    student INTEGER NOT NULL REFERENCES student,
    group_name TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL CHECK (until_at > from_at),
    source TEXT NOT NULL CHECK (source IN ('import', 'hand')),
    PRIMARY KEY (student, from_at, group_name)
) STRICT, WITHOUT ROWID;

-- Other identities of students, under which devices know them, and when: [from_at, until_at). key: the value as it
-- is compared. An alias belongs to one student at a time.
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
CREATE INDEX alias_of_student ON alias (student);

-- Classes by their identity in the school system: exports that list changes alone refer to them.
CREATE TABLE feed_class (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    homeroom INTEGER NOT NULL CHECK (homeroom IN (0, 1)),
    school TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Stated columns of a sheet, for the next sheet with the same header.
CREATE TABLE sheet_columns (
    header TEXT PRIMARY KEY,
    columns TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- first_name: the name before the first change of name, by which recognitions of one instant are ordered.
CREATE TABLE camera (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    added_at INTEGER NOT NULL,
    first_name TEXT
) STRICT;

-- Append-only: decisions about cameras in the order they were made. Each replaces the earlier ones for
-- the time from from_ts on. until_ts: the end of a rest.
CREATE TABLE camera_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    camera INTEGER NOT NULL REFERENCES camera,
    kind TEXT NOT NULL CHECK (kind IN ('place', 'rest', 'retire', 'return')),
    from_ts INTEGER NOT NULL,
    until_ts INTEGER CHECK ((until_ts IS NOT NULL) = (kind = 'rest')),
    place TEXT CHECK (place IS NULL OR kind = 'place'),
    door INTEGER NOT NULL DEFAULT 0 CHECK (door IN (0, 1))
) STRICT;

-- The dates in the school's zone on which a camera was heard: the first minute (since the Unix epoch) of a
-- valid line, and the first and last of a heartbeat.
CREATE TABLE camera_day (
    camera INTEGER NOT NULL REFERENCES camera,
    date TEXT NOT NULL,
    first INTEGER NOT NULL,
    first_beat INTEGER,
    last_beat INTEGER,
    PRIMARY KEY (camera, date)
) STRICT, WITHOUT ROWID;

-- How far the clock of a camera's runner was ahead of ours (negative: behind) in its latest line with a ts, or in an
-- earlier one if the clock was close in both. heartbeat: it was that of a heartbeat. A heartbeat says nothing about the
-- clock of the device that stamps recognitions.
CREATE TABLE camera_clock (
    camera INTEGER PRIMARY KEY REFERENCES camera,
    arrived_at INTEGER NOT NULL,
    ahead INTEGER NOT NULL,
    heartbeat INTEGER NOT NULL CHECK (heartbeat IN (0, 1))
) STRICT;

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

-- One period on one date, a copy of the period at the time of planning, so that a later change of the period
-- does not change an old register. touched_by names the person who cancelled or restored it.
-- camera_changes: the last decision about cameras it is judged by; NULL: all of them.
-- odd: a person moved or added it for this date only, and can restore it.
-- whole_end: when it ended before school was made to end earlier on its date.
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
CREATE INDEX occurrence_by_period ON occurrence (period);

-- event: the identity of the event of a calendar file that it came from.
CREATE TABLE closure (
    id INTEGER PRIMARY KEY,
    from_date TEXT NOT NULL,
    to_date TEXT NOT NULL CHECK (to_date >= from_date),
    reason TEXT NOT NULL,
    event TEXT,
    closed_by TEXT NOT NULL,
    closed_at INTEGER NOT NULL
) STRICT;

-- The dates of calendar events that a person opened again. Reading the calendar once more does not close them.
CREATE TABLE opened_date (
    event TEXT NOT NULL,
    date TEXT NOT NULL,
    PRIMARY KEY (event, date)
) STRICT, WITHOUT ROWID;

-- The texts by which lines named students otherwise than by code. If an alias changed hands earlier than was known, its
-- sightings follow it. key: the value of the alias as it is compared.
CREATE TABLE sent_alias (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    text TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL
) STRICT;
CREATE INDEX sent_alias_by_key ON sent_alias (key);

-- The big table. Its key is its identity, and one tree serves duplicates, time ranges, recent
-- recognitions and retention. Each further index would cost most of the speed of ingest. It has no
-- foreign keys for the same reason: ingest resolves both ids in the transaction that inserts.
-- crop_score is the score of the line that the crop came with, if that is not the highest.
-- sent_alias: the text that named the student, if no line named the code.
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

-- The settings a record was folded under, so that a change of policy shows which are stale.
CREATE TABLE policy (
    id INTEGER PRIMARY KEY,
    min_score REAL NOT NULL,
    reregister_window INTEGER NOT NULL,
    min_improve_delta REAL NOT NULL,
    UNIQUE (min_score, reregister_window, min_improve_delta)
) STRICT;

-- The fold of the recognitions of one student in one occurrence. It can always be derived again.
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

-- Append-only: the latest mark of a student in an occurrence is in force; a decision of NULL takes
-- the ones before it back.
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
CREATE INDEX mark_in_force ON mark (occurrence, student, id);
CREATE TRIGGER mark_is_append_only BEFORE UPDATE ON mark
WHEN NOT EXISTS (SELECT 1 FROM erasing)
  AND NOT EXISTS (SELECT 1 FROM erasure_doubt WHERE place IN ('mark.reason:' || old.id, 'mark.marked_by:' || old.id)) BEGIN
    SELECT RAISE(ABORT, 'marks are append-only');
END;

-- Append-only: decisions of people about single sightings, which themselves never change. The latest one is in
-- force. to_student: the student of a reassignment.
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
CREATE INDEX review_by_sighting ON review (ts);
CREATE TRIGGER review_is_append_only BEFORE UPDATE ON review
WHEN NOT EXISTS (SELECT 1 FROM erasing)
  AND NOT EXISTS (SELECT 1 FROM erasure_doubt WHERE place IN ('review.reason:' || old.id, 'review.decided_by:' || old.id)) BEGIN
    SELECT RAISE(ABORT, 'decisions are append-only');
END;

-- Spans in which students are excused: [from_at, until_at), read together with every register they overlap. If a part
-- is taken back, the row ends and new rows hold the rest.
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
CREATE INDEX excuse_by_end ON excuse (until_at);
CREATE INDEX excuse_of_student ON excuse (student);

-- The school's list of reasons for absence. Marks and excuses hold their words.
CREATE TABLE reason (
    key TEXT PRIMARY KEY COLLATE NOCASE,
    words TEXT NOT NULL,
    code TEXT
) STRICT, WITHOUT ROWID;

-- Words that reasons had before they were worded anew or taken off the list. Marks and excuses with these words still
-- belong to the key.
CREATE TABLE former_reason (
    words TEXT PRIMARY KEY COLLATE NOCASE,
    key TEXT NOT NULL COLLATE NOCASE
) STRICT, WITHOUT ROWID;

-- Half days and days, each judged from its periods, a name a line.
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    periods TEXT NOT NULL,
    rule TEXT NOT NULL
) STRICT;

-- Keys of runners: only the SHA-256 is kept. successor replaces a key; the old one works until grace
-- after the successor's first use. cameras: the cameras it may send for, separated by newlines; jobs then
-- says whether it may also report jobs. NULL: it may send everything.
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

-- The rate limit state of each runner.
CREATE TABLE rate (
    runner TEXT PRIMARY KEY,
    left REAL NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The latest heartbeat of each camera's runner.
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

-- Signs of life: the facts that coverage needs about a camera in a minute (since the Unix epoch). signs is the sum of
-- these numbers, because every screen reads thousands of rows:
-- 1: a heartbeat reported an error or a blind camera, 2: it claimed matches, 4: its camera rests,
-- 16, 32 or 64: it vouches for this minute, or also for one or two minutes to either side,
-- 8: there was a valid recognition.
CREATE TABLE alive (
    minute INTEGER NOT NULL,
    camera INTEGER NOT NULL,
    signs INTEGER NOT NULL CHECK (signs BETWEEN 0 AND 127),
    PRIMARY KEY (minute, camera)
) STRICT, WITHOUT ROWID;
CREATE INDEX alive_resting ON alive (minute) WHERE signs & 4;

-- The coverage of an occurrence, stored before its signs of life are pruned: every place with blind time, or
-- one place if there was none. kind and name: a place, a camera without a place, or the time without a camera
-- on duty. blind: its stretches as micros-micros, separated by commas. cameras: their names, separated by newlines.
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

-- The latest report of each program that reports its state. since: when this state began. last_error
-- is the present error while ok is 0, and the last one afterwards.
CREATE TABLE job (
    name TEXT PRIMARY KEY,
    ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
    reported_at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    last_ok_at INTEGER,
    last_error TEXT,
    last_error_at INTEGER
) STRICT, WITHOUT ROWID;

-- Every run of our batch commands. ok NULL: it has not finished, so it is running or was killed.
-- reached: the last date its work is done for. The next run continues from there.
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
CREATE INDEX job_run_by_outcome ON job_run (name, ok);
CREATE INDEX job_run_by_time ON job_run (started_at);

-- The outbox: a message to one recipient. It waits until it is due, is claimed while a process sends it,
-- and ends as sent (then its body is blank), failed or unsure. route: the server it goes through. A server that does
-- not answer holds up only its own route. doubts: the number of hand-overs without an answer in time. names:
-- whether it names students.
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
CREATE INDEX message_waiting ON message (id) WHERE state = 'waiting';
CREATE INDEX message_ended ON message (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX message_failed ON message (id) WHERE state = 'failed';
CREATE INDEX message_unsure ON message (id) WHERE state = 'unsure';

-- The memory of health --notify: each check and subject that is not healthy, its state (whether it is bad, for
-- how many runs, when it last turned bad), and the reported state.
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

-- Mutes: checks, or single subjects of them (runners:gate-2), about which no message is sent for a time.
CREATE TABLE alert_mute (
    target TEXT PRIMARY KEY,
    until INTEGER NOT NULL,
    muted_by TEXT NOT NULL,
    muted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Refused lines, kept until a person decides. digest identifies a line, so that the same input is not kept twice.
-- For a line without ts it includes the arrival, which is the instant of its sighting. Each share is bounded by
-- itself, so that one sender cannot push out the lines of another. A share belongs to a runner or, without keys, to
-- a known camera (otherwise camera is empty). waits: the line will count once the roll is right, so it is dropped last.
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
CREATE INDEX quarantine_by_arrival ON quarantine (received_at);
CREATE INDEX quarantine_by_share ON quarantine (runner, camera, waits, id);
CREATE INDEX quarantine_foreign ON quarantine (received_at, runner) WHERE reason = 'not_your_camera';

-- How many lines each share of the quarantine holds.
CREATE TABLE share (
    runner TEXT NOT NULL,
    camera TEXT NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (runner, camera)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER quarantine_kept AFTER INSERT ON quarantine BEGIN
    INSERT INTO share (runner, camera, lines) VALUES (new.runner, new.camera, 1)
    ON CONFLICT (runner, camera) DO UPDATE SET lines = lines + 1;
END;
CREATE TRIGGER quarantine_gone AFTER DELETE ON quarantine BEGIN
    UPDATE share SET lines = lines - 1 WHERE runner = old.runner AND camera = old.camera;
    DELETE FROM share WHERE runner = old.runner AND camera = old.camera AND lines = 0;
END;

-- The audit log: a row for every change that a person made. It refers to a student only by identity, so that
-- erasing the student leaves no code or name behind.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    done_by TEXT NOT NULL,
    action TEXT NOT NULL,
    student INTEGER REFERENCES student,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_about ON audit (student) WHERE student IS NOT NULL;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
WHEN NOT EXISTS (SELECT 1 FROM erasing)
  AND NOT EXISTS (SELECT 1 FROM erasure_doubt WHERE place IN ('audit.detail:' || old.id, 'audit.done_by:' || old.id)) BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE student = old.student) BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- The codes of erased students, as HMAC-SHA-256 under the key below, which is enough to refuse their lines. Rows are
-- added and removed together with students, so a running ingest notices them by the counter of the roll. number: the
-- number of the receipt, which the list beside the database has, too.
CREATE TABLE tombstone (
    code_hmac BLOB PRIMARY KEY CHECK (length(code_hmac) = 32),
    number INTEGER NOT NULL UNIQUE,
    erased_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- The aliases that were theirs alone, under the same key.
CREATE TABLE tombstone_alias (
    alias_hmac BLOB PRIMARY KEY CHECK (length(alias_hmac) = 32),
    code_hmac BLOB NOT NULL REFERENCES tombstone ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE tombstone_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;
INSERT INTO tombstone_key (id, key) VALUES (1, randomblob(32));

-- Erasures under way, so that one that was cut short goes on where it was: whose, and what is gone
-- already. called: the aliases, a newline between them. The crops wait here until their paths are written to a file.
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
CREATE TABLE erased_crop (
    student INTEGER NOT NULL REFERENCES erasing,
    path TEXT NOT NULL,
    PRIMARY KEY (student, path)
) STRICT, WITHOUT ROWID;

-- Texts that may mention an erased student, for a person to decide about, as the receipt lists them.
CREATE TABLE erasure_doubt (
    code_hmac BLOB NOT NULL REFERENCES tombstone ON DELETE CASCADE,
    place TEXT NOT NULL,
    PRIMARY KEY (code_hmac, place)
) STRICT, WITHOUT ROWID;

-- Spans of time whose registers may have changed, each with the version (revision.register) of the last change. Further
-- changes within a version write nothing, so that a line does not write three more pages. Every
-- fact that a register is made of adds its span: the triggers below, and the code that writes records and signs of
-- life, which would be too slow with triggers. A register is affected if its window shares an instant with a span.
CREATE TABLE register_change (
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL CHECK (until_at >= from_at),
    version INTEGER NOT NULL,
    PRIMARY KEY (from_at, until_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX register_change_by_version ON register_change (version);
-- The spans in which a student is not enrolled: before the first enrolment, between two, after the last one. Without
-- any, all the time between the years 1 and 9999, which date() knows.
CREATE VIEW unenrolled AS
SELECT student, -62135596800000000 AS from_at, min(from_at) AS until_at FROM enrolment GROUP BY student
UNION ALL
SELECT student, until_at, coalesce((SELECT min(n.from_at) FROM enrolment n WHERE n.student = e.student AND n.from_at > e.from_at),
                                   253370764800000000)
FROM enrolment e
UNION ALL
SELECT id, -62135596800000000, 253370764800000000 FROM student s
WHERE NOT EXISTS (SELECT 1 FROM enrolment WHERE student = s.id);
-- The windows of registers that list a student who is not enrolled: sightings that waited for an enrolment count, and
-- marks stay.
CREATE VIEW listed_outside_enrolment AS
SELECT u.student, o.opens_at, o.closes_at
FROM unenrolled u
-- The dates let SQLite use an index. They allow for any time zone.
JOIN occurrence o ON o.date BETWEEN date(u.from_at / 1000000, 'unixepoch', '-1 day') AND date(u.until_at / 1000000, 'unixepoch', '+1 day')
                 AND o.closes_at >= u.from_at AND o.opens_at < u.until_at
WHERE EXISTS (SELECT 1 FROM record WHERE occurrence = o.id AND student = u.student)
   OR EXISTS (SELECT 1 FROM mark WHERE occurrence = o.id AND student = u.student);
-- Inserting a span here notes the change.
CREATE VIEW register_touched AS SELECT from_at, until_at FROM register_change WHERE 0;
CREATE TRIGGER register_is_touched INSTEAD OF INSERT ON register_touched
WHEN new.from_at IS NOT NULL AND new.until_at >= new.from_at BEGIN
    INSERT INTO register_change (from_at, until_at, version) SELECT new.from_at, new.until_at, register FROM revision WHERE true
    ON CONFLICT (from_at, until_at) DO UPDATE SET version = excluded.version WHERE version < excluded.version;
END;

-- Where the rows of each feed have got to: up to the version and instant that the receiver has confirmed, and those of the last
-- edition that was sent.
CREATE TABLE feed (
    name TEXT PRIMARY KEY,
    confirmed_version INTEGER,
    confirmed_at INTEGER,
    sent_version INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    CHECK ((confirmed_version IS NULL) = (confirmed_at IS NULL))
) STRICT, WITHOUT ROWID;

-- Feeds of absences: each begins on a date, and its editions are numbered. sent: the last edition that was written to its
-- end. confirmed: the receiver knows everything up to this version and instant.
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

-- The last thing that the receiver of a feed was told about a student in a period: an absence, or that it is none. It
-- may have arrived before it is confirmed. A confirmed retraction is forgotten.
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
CREATE INDEX absence_told_about ON absence_told (student);

CREATE TRIGGER student_added AFTER INSERT ON student WHEN NOT (SELECT bulk FROM revision) BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER student_changed AFTER UPDATE ON student BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER student_gone AFTER DELETE ON student BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER code_retired AFTER INSERT ON former_code BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER enrolment_gone AFTER DELETE ON enrolment BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER membership_gone AFTER DELETE ON membership BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER alias_added AFTER INSERT ON alias BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER alias_changed AFTER UPDATE ON alias BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER alias_gone AFTER DELETE ON alias BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER camera_changed AFTER UPDATE ON camera BEGIN UPDATE revision SET roll = roll + 1; END;
CREATE TRIGGER occurrence_added AFTER INSERT ON occurrence BEGIN
    UPDATE revision SET schedule = schedule + 1, first_date = min(coalesce(first_date, new.date), new.date);
END;
CREATE TRIGGER occurrence_changed AFTER UPDATE ON occurrence BEGIN UPDATE revision SET schedule = schedule + 1; END;
CREATE TRIGGER occurrence_gone AFTER DELETE ON occurrence BEGIN UPDATE revision SET schedule = schedule + 1; END;
CREATE TRIGGER closure_added AFTER INSERT ON closure BEGIN UPDATE revision SET schedule = schedule + 1; END;
CREATE TRIGGER closure_gone AFTER DELETE ON closure BEGIN UPDATE revision SET schedule = schedule + 1; END;
CREATE TRIGGER review_added AFTER INSERT ON review BEGIN UPDATE revision SET review = review + 1; END;
CREATE TRIGGER review_changed AFTER UPDATE ON review BEGIN UPDATE revision SET review = review + 1; END;
CREATE TRIGGER review_gone AFTER DELETE ON review BEGIN UPDATE revision SET review = review + 1; END;
CREATE TRIGGER setting_added AFTER INSERT ON setting BEGIN UPDATE revision SET settings = settings + 1; END;
CREATE TRIGGER setting_changed AFTER UPDATE ON setting BEGIN UPDATE revision SET settings = settings + 1; END;
CREATE TRIGGER setting_gone AFTER DELETE ON setting BEGIN UPDATE revision SET settings = settings + 1; END;

-- The facts that a register is made of, each with the span it may change.
CREATE TRIGGER register_by_name AFTER UPDATE ON student BEGIN
    INSERT INTO register_touched SELECT min(from_at), max(until_at) FROM enrolment WHERE student = new.id;
    INSERT INTO register_touched SELECT opens_at, closes_at FROM listed_outside_enrolment WHERE student = new.id;
END;
CREATE TRIGGER enrolment_added AFTER INSERT ON enrolment WHEN NOT (SELECT bulk FROM revision) BEGIN
    UPDATE revision SET roll = roll + 1;
    INSERT INTO register_touched VALUES (new.from_at, new.until_at);
END;
CREATE TRIGGER register_by_enrolment_gone AFTER DELETE ON enrolment BEGIN INSERT INTO register_touched VALUES (old.from_at, old.until_at); END;
CREATE TRIGGER membership_added AFTER INSERT ON membership WHEN NOT (SELECT bulk FROM revision) BEGIN
    UPDATE revision SET roll = roll + 1;
    INSERT INTO register_touched VALUES (new.from_at, new.until_at);
END;
CREATE TRIGGER register_by_membership_gone AFTER DELETE ON membership BEGIN INSERT INTO register_touched VALUES (old.from_at, old.until_at); END;
CREATE TRIGGER register_by_excuse_added AFTER INSERT ON excuse BEGIN INSERT INTO register_touched VALUES (new.from_at, new.until_at); END;
CREATE TRIGGER register_by_excuse_gone AFTER DELETE ON excuse BEGIN INSERT INTO register_touched VALUES (old.from_at, old.until_at); END;
CREATE TRIGGER register_by_excuse_changed AFTER UPDATE ON excuse BEGIN INSERT INTO register_touched VALUES (old.from_at, old.until_at), (new.from_at, new.until_at); END;
CREATE TRIGGER register_by_camera AFTER UPDATE ON camera BEGIN INSERT INTO register_touched VALUES (-9223372036854775807, 9223372036854775807); END;
CREATE TRIGGER register_by_camera_change AFTER INSERT ON camera_change BEGIN INSERT INTO register_touched VALUES (new.from_ts, 9223372036854775807); END;
-- A camera is on duty from the second date on which it was heard, or from its first line on the first date of the school.
CREATE TRIGGER register_by_camera_heard AFTER INSERT ON camera_day
WHEN (SELECT count(*) FROM camera_day WHERE camera = new.camera AND date < new.date
        AND date >= coalesce((SELECT date(first_date, '-31 days') FROM revision), '')) < 2 BEGIN
    INSERT INTO register_touched VALUES ((unixepoch(new.date) - 86400) * 1000000, 9223372036854775807);
END;
CREATE TRIGGER register_by_camera_heard_earlier AFTER UPDATE OF first ON camera_day WHEN new.first < old.first BEGIN
    INSERT INTO register_touched VALUES ((unixepoch(new.date) - 86400) * 1000000, 9223372036854775807);
END;
-- Earlier lessons may make another date the first one of the school.
CREATE TRIGGER register_by_first_date AFTER UPDATE OF first_date ON revision WHEN new.first_date < old.first_date BEGIN
    INSERT INTO register_touched VALUES (-9223372036854775807, 9223372036854775807);
END;
CREATE TRIGGER register_by_occurrence_added AFTER INSERT ON occurrence BEGIN INSERT INTO register_touched VALUES (new.opens_at, new.closes_at); END;
CREATE TRIGGER register_by_occurrence_changed AFTER UPDATE ON occurrence BEGIN INSERT INTO register_touched VALUES (old.opens_at, old.closes_at), (new.opens_at, new.closes_at); END;
CREATE TRIGGER register_by_occurrence_gone AFTER DELETE ON occurrence BEGIN INSERT INTO register_touched VALUES (old.opens_at, old.closes_at); END;
-- A date in the school's zone lies within a day of the same date in UTC.
CREATE TRIGGER register_by_closure_added AFTER INSERT ON closure BEGIN
    INSERT INTO register_touched VALUES ((unixepoch(new.from_date) - 86400) * 1000000, (unixepoch(new.to_date) + 172800) * 1000000);
END;
CREATE TRIGGER register_by_closure_gone AFTER DELETE ON closure BEGIN
    INSERT INTO register_touched VALUES ((unixepoch(old.from_date) - 86400) * 1000000, (unixepoch(old.to_date) + 172800) * 1000000);
END;
CREATE TRIGGER register_by_mark AFTER INSERT ON mark BEGIN INSERT INTO register_touched SELECT opens_at, closes_at FROM occurrence WHERE id = new.occurrence; END;
CREATE TRIGGER register_by_setting_added AFTER INSERT ON setting WHEN new.key IN ('timezone', 'school_id') BEGIN INSERT INTO register_touched VALUES (-9223372036854775807, 9223372036854775807); END;
CREATE TRIGGER register_by_setting_changed AFTER UPDATE ON setting WHEN new.key IN ('timezone', 'school_id') BEGIN INSERT INTO register_touched VALUES (-9223372036854775807, 9223372036854775807); END;
CREATE TRIGGER register_by_setting_gone AFTER DELETE ON setting WHEN old.key IN ('timezone', 'school_id') BEGIN INSERT INTO register_touched VALUES (-9223372036854775807, 9223372036854775807); END;
