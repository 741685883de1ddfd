-- The registers of all schools of a district in one PostgreSQL database (15 or later). Run it once as the owner:
--   psql -v ON_ERROR_STOP=1 -f schema.sql district
-- Each school sends its editions with load.sh. A register (one period of one school on one date) is replaced as a whole.

BEGIN;

CREATE TABLE school (
    school_id text PRIMARY KEY,
    name text NOT NULL,
    -- The role that sends for this school. It may write the rows of its own school only.
    role name NOT NULL UNIQUE
);

-- Every register that arrived, also an empty one, with the instant it was read at.
CREATE TABLE register (
    school_id text NOT NULL REFERENCES school,
    date date NOT NULL,
    period text NOT NULL,
    as_of timestamptz NOT NULL,
    version bigint NOT NULL,
    arrived_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (school_id, date, period)
);

-- One student in one register. Partitioned by month, so that a year can be put away or dropped at once.
CREATE TABLE record (
    school_id text NOT NULL,
    date date NOT NULL,
    period text NOT NULL,
    student text NOT NULL,
    name text NOT NULL,
    "group" text,
    status text NOT NULL,
    minutes_late integer,
    first_seen timestamptz,
    last_seen timestamptz,
    reason text,
    PRIMARY KEY (school_id, date, period, student)
) PARTITION BY RANGE (date);

-- The columns of an edition, as load.sh asks attend for them. A row without a student stands for an empty register.
CREATE TABLE edition (
    school_id text NOT NULL,
    register_version bigint NOT NULL,
    as_of timestamptz NOT NULL,
    date date NOT NULL,
    period text NOT NULL,
    student text,
    name text,
    "group" text,
    status text,
    minutes_late integer,
    first_seen timestamptz,
    last_seen timestamptz,
    reason text
);

-- Makes the partition of a month, once.
CREATE FUNCTION ensure_month(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    first date := date_trunc('month', day);
    part text := 'record_' || to_char(first, 'YYYY_MM');
BEGIN
    -- Two schools may bring the first rows of a month at once.
    PERFORM pg_advisory_xact_lock(hashtext('attend ' || part));
    IF to_regclass(part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF record FOR VALUES FROM (%L) TO (%L)', part, first, first + interval '1 month');
    END IF;
END $$;

-- Takes the rows of a table like edition. A register that is older than the one stored is left out, so a repeated or late
-- edition does no harm. Gives the number of registers that were replaced.
CREATE FUNCTION take_edition(staged regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    replaced bigint;
BEGIN
    EXECUTE format('CREATE TEMP TABLE taken ON COMMIT DROP AS
        WITH arrived AS (
            INSERT INTO register (school_id, date, period, as_of, version)
            SELECT school_id, date, period, max(as_of), max(register_version) FROM %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            ON CONFLICT (school_id, date, period) DO UPDATE
            SET as_of = excluded.as_of, version = excluded.version, arrived_at = now()
            WHERE register.as_of <= excluded.as_of
            RETURNING school_id, date, period)
        SELECT * FROM arrived', staged);
    -- Without this PostgreSQL takes the few registers for thousands, and reads all records of the month to find theirs.
    ANALYZE taken;
    PERFORM ensure_month(month) FROM (SELECT DISTINCT date_trunc('month', date)::date AS month FROM taken ORDER BY month) months;
    DELETE FROM record USING taken
    WHERE record.school_id = taken.school_id AND record.date = taken.date AND record.period = taken.period;
    EXECUTE format('INSERT INTO record
        SELECT e.school_id, e.date, e.period, e.student, e.name, e."group", e.status, e.minutes_late, e.first_seen, e.last_seen, e.reason
        FROM %s e JOIN taken USING (school_id, date, period) WHERE e.student IS NOT NULL', staged);
    SELECT count(*) INTO replaced FROM taken;
    RETURN replaced;
END $$;

-- A school reads and writes its own rows only.
CREATE ROLE attend_school NOLOGIN;
GRANT USAGE ON SCHEMA public TO attend_school;
GRANT SELECT ON school, edition TO attend_school;
GRANT SELECT, INSERT, UPDATE ON register TO attend_school;
GRANT SELECT, INSERT, DELETE ON record TO attend_school;
ALTER TABLE school ENABLE ROW LEVEL SECURITY;
ALTER TABLE register ENABLE ROW LEVEL SECURITY;
ALTER TABLE record ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_school ON school FOR SELECT TO attend_school USING (role = current_user);
CREATE POLICY own_school ON register TO attend_school USING (school_id = (SELECT s.school_id FROM school s WHERE s.role = current_user));
CREATE POLICY own_school ON record TO attend_school USING (school_id = (SELECT s.school_id FROM school s WHERE s.role = current_user));

-- A role that reads everything, for the people of the district.
CREATE ROLE attend_district NOLOGIN;
GRANT USAGE ON SCHEMA public TO attend_district;
GRANT SELECT ON school, register, record TO attend_district;
CREATE POLICY everything ON school FOR SELECT TO attend_district USING (true);
CREATE POLICY everything ON register FOR SELECT TO attend_district USING (true);
CREATE POLICY everything ON record FOR SELECT TO attend_district USING (true);

-- Adds a school and the role that sends for it. Give the role a password, or let pg_hba.conf recognise it.
CREATE FUNCTION add_school(id text, school_name text, sender name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE ROLE %I LOGIN IN ROLE attend_school', sender);
    INSERT INTO school VALUES (id, school_name, sender);
END $$;
REVOKE EXECUTE ON FUNCTION add_school FROM PUBLIC;

-- The district's questions. Present and absent count; unknown is never counted as either.
CREATE VIEW attendance_by_day AS
SELECT school_id, date,
    count(*) FILTER (WHERE status = 'present') AS present,
    count(*) FILTER (WHERE status = 'absent') AS absent,
    count(*) FILTER (WHERE status = 'excused') AS excused,
    count(*) FILTER (WHERE status NOT IN ('present', 'absent', 'excused', 'elsewhere')) AS open,
    round(100.0 * count(*) FILTER (WHERE status = 'present')
        / nullif(count(*) FILTER (WHERE status IN ('present', 'absent', 'excused')), 0), 1) AS percent_present
FROM record GROUP BY school_id, date;

-- Students who missed a tenth or more of at least twenty judged periods, excused or not.
CREATE VIEW chronic_absence AS
SELECT school_id, student, max(name) AS name, count(*) AS judged,
    count(*) FILTER (WHERE status <> 'present') AS missed,
    round(100.0 * count(*) FILTER (WHERE status <> 'present') / count(*), 1) AS percent_missed
FROM record WHERE status IN ('present', 'absent', 'excused')
GROUP BY school_id, student
HAVING count(*) >= 20 AND count(*) FILTER (WHERE status <> 'present') * 10 >= count(*);

-- Registers in which not one student could be judged: a camera or a recogniser failed.
CREATE VIEW unjudged_register AS
SELECT school_id, date, period, count(*) AS students FROM record
GROUP BY school_id, date, period HAVING count(*) = count(*) FILTER (WHERE status = 'unknown');

-- Schools by the last edition that arrived, the longest silence first. Schools that never reported come first.
CREATE VIEW silence AS
SELECT school_id, name, max(arrived_at) AS last_edition FROM school LEFT JOIN register USING (school_id)
GROUP BY school_id, name ORDER BY last_edition NULLS FIRST;

GRANT SELECT ON attendance_by_day, chronic_absence, unjudged_register, silence TO attend_district;

COMMIT;
