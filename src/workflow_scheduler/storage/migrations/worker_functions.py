"""What a worker may ask of the database, and nothing else: functions of PostgreSQL with the rights of their owner.

A worker's role has no right to any table. Each function finds out who asks by the role of the session, and answers for
that worker's own assignments only. `SCHEMA` stands for the name of the schema.
"""

from __future__ import annotations

__all__ = ["FUNCTIONS", "named"]

_HEAD = """
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = SCHEMA, pg_temp AS $$
    #variable_conflict use_column
"""

# Of an assignment `a`: what its worker is to be told. The planner sees that it implies the condition of the index of open ones.
_ORDERED = """
        a.state = 'fenced' OR a.state = 'claimed'
            AND (a.stop_reason IS NOT NULL OR a.watched_until_at > clock_timestamp() OR a.look_asked_at IS NOT NULL)"""

_ME = f"""
CREATE FUNCTION worker_me(my_instance text) RETURNS text {_HEAD}
DECLARE me text;
BEGIN
    SELECT name INTO me FROM workers WHERE role_name = session_user AND instance = my_instance;
    IF me IS NULL THEN
        RAISE EXCEPTION 'another process with this invitation has taken over, or the worker was removed'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN me;
END $$"""

_JOIN = f"""
CREATE FUNCTION worker_join(verifier text) RETURNS void {_HEAD}
BEGIN
    UPDATE workers SET state = 'active', expires_at = NULL
        WHERE role_name = session_user AND state = 'invited' AND expires_at > clock_timestamp();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the invitation was used already or has expired' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('ALTER ROLE %I PASSWORD %L VALID UNTIL ''infinity''', session_user, verifier);
END $$"""

_HELLO = f"""
CREATE FUNCTION worker_hello(
    my_instance text, my_host text, my_identity jsonb, my_version text, my_protocol integer
) RETURNS jsonb {_HEAD}
DECLARE me workers;
BEGIN
    SELECT * INTO me FROM workers WHERE role_name = session_user FOR UPDATE;
    IF me.name IS NULL OR me.state = 'invited' THEN
        RAISE EXCEPTION 'no worker has this role; ask for an invitation' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF jsonb_typeof(my_identity) IS DISTINCT FROM 'object' OR length(my_identity::text) > 10000
        OR my_instance IS NULL OR my_protocol IS NULL THEN
        RAISE EXCEPTION 'no such process of a worker' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF me.instance <> my_instance AND me.heartbeat_at > clock_timestamp() - interval '45 seconds'
        AND me.identity::jsonb -> 'place' IS DISTINCT FROM my_identity -> 'place' THEN
        RETURN jsonb_build_object(
            'refused', format('the worker %s runs on %s', me.name, me.host),
            'same_home', me.identity::jsonb -> 'place' ->> 'home_id' = my_identity -> 'place' ->> 'home_id'
        );
    END IF;
    IF NOT coalesce(my_identity #> '{{share,labels}}' <@ me.labels::jsonb OR my_identity #>> '{{share,labels}}' IS NULL, true)
        OR (my_identity #>> '{{share,slots}}')::integer > me.slots THEN
        RETURN jsonb_build_object(
            'allowed', jsonb_build_object('name', me.name, 'labels', me.labels::jsonb, 'slots', me.slots)
        );
    END IF;
    UPDATE workers SET instance = my_instance, host = my_host, identity = my_identity::json, version = my_version,
        protocol = my_protocol, started_at = clock_timestamp(), heartbeat_at = clock_timestamp()
        WHERE name = me.name;
    RETURN jsonb_build_object('name', me.name, 'labels', me.labels::jsonb, 'slots', me.slots, 'state', me.state);
END $$"""

_BEAT = f"""
CREATE FUNCTION worker_beat(my_instance text, my_clock timestamptz, my_measured jsonb) RETURNS jsonb {_HEAD}
DECLARE me workers;
BEGIN
    IF jsonb_typeof(my_measured) IS DISTINCT FROM 'object' OR length(my_measured::text) > 10000
        OR isfinite(my_clock) IS NOT TRUE THEN
        RAISE EXCEPTION 'no such measures of a machine' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE workers SET heartbeat_at = clock_timestamp(), measured = my_measured::json,
        skew = extract(epoch FROM my_clock - clock_timestamp())
        WHERE role_name = session_user AND instance = my_instance RETURNING * INTO me;
    IF NOT FOUND THEN
        PERFORM worker_me(my_instance);
    END IF;
    RETURN jsonb_build_object(
        'labels', me.labels::jsonb, 'slots', me.slots, 'state', me.state,
        'news', EXISTS (SELECT FROM assignments a WHERE a.worker = me.name AND (a.state = 'offered' OR {_ORDERED}))
    );
END $$"""

_CLAIM = f"""
CREATE FUNCTION worker_claim(my_instance text, my_home text, most integer)
RETURNS TABLE (run_id varchar, task_id varchar, number integer, spec json, begun boolean) {_HEAD}
DECLARE me text := worker_me(my_instance);
BEGIN
    IF EXISTS (SELECT FROM workers WHERE name = me AND state <> 'active') THEN
        RETURN;
    END IF;
    RETURN QUERY WITH mine AS (
        SELECT o.run_id, o.task_id, o.number FROM assignments o WHERE o.worker = me AND o.state = 'offered'
        ORDER BY o.offered_at LIMIT most FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE assignments a SET state = 'claimed', claimed_at = clock_timestamp(), claimed_by = my_home
        FROM mine WHERE (a.run_id, a.task_id, a.number) = (mine.run_id, mine.task_id, mine.number)
        RETURNING a.run_id, a.task_id, a.number, a.spec, a.offered_at
    )
    SELECT t.run_id, t.task_id, t.number, t.spec, false FROM taken t ORDER BY t.offered_at;
END $$"""

# What was claimed by another home of this worker may have been started there: then it is never started here. What is fenced
# may still run, and is to be ended.
_HELD = f"""
CREATE FUNCTION worker_held(my_instance text, my_home text)
RETURNS TABLE (run_id varchar, task_id varchar, number integer, spec json, begun boolean) {_HEAD}
DECLARE me text := worker_me(my_instance);
BEGIN
    RETURN QUERY SELECT a.run_id, a.task_id, a.number, a.spec,
        a.started_at IS NOT NULL OR a.claimed_by IS DISTINCT FROM my_home OR a.state = 'fenced'
    FROM assignments a WHERE a.worker = me AND a.state IN ('claimed', 'fenced');
END $$"""

_ORDERS = f"""
CREATE FUNCTION worker_orders(my_instance text)
RETURNS TABLE (
    run_id varchar, task_id varchar, number integer, state varchar, stop_reason text, watched boolean, look boolean
) {_HEAD}
DECLARE me text := worker_me(my_instance);
BEGIN
    RETURN QUERY SELECT a.run_id, a.task_id, a.number, a.state, a.stop_reason,
        coalesce(a.watched_until_at > clock_timestamp(), false), a.look_asked_at IS NOT NULL
    FROM assignments a
    WHERE a.worker = me AND ({_ORDERED});
END $$"""

# A report that was stored, and whose answer was lost, is told again: it changes nothing. What could not be launched waits for
# a worker again, with who refused it and why. Of what is fenced, only the end counts, for the worker's slots; what it was is kept to be shown. Each kind is stored once, and of a report that
# is too long only its kind: it cannot be read.
_REPORT = f"""
CREATE FUNCTION worker_report(my_instance text, told jsonb) RETURNS void {_HEAD}
DECLARE
    me text := worker_me(my_instance);
    one record;
BEGIN
    IF jsonb_array_length(told) > 1000 THEN
        RAISE EXCEPTION 'too many reports at once' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR one IN SELECT run_id, task_id, number, kind,
            (CASE WHEN jsonb_typeof(report) = 'object' AND pg_column_size(report) <= 4 * 1024 * 1024
                THEN report ELSE '{{}}' END || jsonb_build_object('kind', kind))::json AS report
        FROM jsonb_to_recordset(told) AS t(run_id text, task_id text, number integer, kind text, report jsonb)
        WHERE kind IN ('started', 'checking_outputs', 'not_launched', 'outcome')
    LOOP
        UPDATE assignments a SET
            started_at = CASE one.kind WHEN 'started' THEN clock_timestamp() ELSE a.started_at END,
            ended_at = CASE one.kind WHEN 'outcome' THEN clock_timestamp() ELSE a.ended_at END,
            state = CASE one.kind WHEN 'outcome' THEN 'ended' WHEN 'not_launched' THEN 'waiting' ELSE a.state END,
            worker = CASE one.kind WHEN 'not_launched' THEN NULL ELSE a.worker END,
            claimed_at = CASE one.kind WHEN 'not_launched' THEN NULL ELSE a.claimed_at END,
            seen = CASE one.kind
                WHEN 'not_launched' THEN json_build_object('worker', me, 'reason', left(one.report ->> 'reason', 1000))
                ELSE a.seen END
        WHERE a.worker = me AND a.state = 'claimed'
            AND (a.run_id, a.task_id, a.number) = (one.run_id, one.task_id, one.number)
            AND (one.kind <> 'started' OR a.started_at IS NULL)
            AND (one.kind <> 'checking_outputs' OR NOT EXISTS (
                SELECT FROM worker_reports r WHERE (r.run_id, r.task_id, r.number) = (one.run_id, one.task_id, one.number)
                    AND r.report ->> 'kind' = one.kind));
        IF FOUND THEN
            INSERT INTO worker_reports (run_id, task_id, number, at, report)
            VALUES (one.run_id, one.task_id, one.number, clock_timestamp(), one.report);
        ELSIF one.kind IN ('outcome', 'not_launched') THEN
            UPDATE assignments a SET ended_at = clock_timestamp(), seen = one.report,
                state = CASE one.kind WHEN 'outcome' THEN 'late' ELSE 'ended' END
            WHERE a.worker = me AND a.state = 'fenced'
                AND (a.run_id, a.task_id, a.number) = (one.run_id, one.task_id, one.number);
        END IF;
    END LOOP;
    PERFORM pg_notify('worker_reports', '');
END $$"""

# 16 MiB of each stream are kept, and a note where something was left out. Each part begins where the last one ends: one that
# was stored, and whose answer was lost, may be longer when it is told again.
_OUTPUT = f"""
CREATE FUNCTION worker_output(
    my_instance text, my_run text, my_task text, my_number integer, my_stream text, my_position bigint, my_data bytea
) RETURNS bigint {_HEAD}
DECLARE
    me text := worker_me(my_instance);
    stored bigint;
BEGIN
    IF my_stream NOT IN ('stdout', 'stderr', 'index') OR my_position < 0
        OR my_position + length(my_data) > 17 * 1024 * 1024 OR length(my_data) NOT BETWEEN 1 AND 256 * 1024 THEN
        RAISE EXCEPTION 'no such part of an output' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM FROM assignments a
        WHERE a.worker = me AND a.state = 'claimed' AND (a.run_id, a.task_id, a.number) = (my_run, my_task, my_number)
        FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT o.position + length(o.data) INTO stored FROM worker_output o
        WHERE (o.run_id, o.task_id, o.number, o.stream) = (my_run, my_task, my_number, my_stream)
        ORDER BY o.position DESC LIMIT 1;
    stored := coalesce(stored, 0);
    IF stored <> my_position THEN
        RETURN stored;
    END IF;
    INSERT INTO worker_output (run_id, task_id, number, stream, position, data)
        VALUES (my_run, my_task, my_number, my_stream, my_position, my_data);
    PERFORM pg_notify('worker_reports', '');
    RETURN stored + length(my_data);
END $$"""

_SEEN = f"""
CREATE FUNCTION worker_seen(my_instance text, my_run text, my_task text, my_number integer, my_facts jsonb)
RETURNS void {_HEAD}
BEGIN
    IF jsonb_typeof(my_facts) IS DISTINCT FROM 'object' OR length(my_facts::text) > 1024 * 1024 THEN
        RAISE EXCEPTION 'no such facts of a command' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE assignments SET seen = my_facts::json, look_asked_at = NULL
    WHERE worker = worker_me(my_instance) AND (run_id, task_id, number) = (my_run, my_task, my_number)
        AND state <> 'late';  -- then this has what was reported
    PERFORM pg_notify('worker_reports', '');
END $$"""

# In parts of a megabyte; an empty one follows the last.
_BUNDLE = f"""
CREATE FUNCTION worker_bundle(my_instance text, my_hash text, my_position integer) RETURNS bytea {_HEAD}
DECLARE me text := worker_me(my_instance);
BEGIN
    RETURN (
        SELECT substring(b.content FROM my_position + 1 FOR 1024 * 1024) FROM bundles b
        WHERE b.hash = my_hash
            AND EXISTS (SELECT FROM assignments WHERE worker = me AND state = 'claimed' AND bundle = my_hash)
    );
END $$"""

FUNCTIONS = (
    *(_ME, _JOIN, _HELLO, _BEAT, _CLAIM, _HELD),
    *(_ORDERS, _REPORT, _OUTPUT, _SEEN, _BUNDLE),
)
"""Each is created by the migration that made the tables of workers, and revoked from everybody but their roles."""


def named(function: str) -> str:
    """The name of the function, which no other one has."""
    return function.partition("FUNCTION ")[2].partition("(")[0]
