BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0008');
CREATE TABLE attempts (
	run_id VARCHAR(100) NOT NULL, 
	task_id VARCHAR(100) NOT NULL, 
	number INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	reason TEXT NOT NULL, 
	engine_id INTEGER, 
	exit_code BIGINT, 
	pid INTEGER, 
	started_at DATETIME, 
	finished_at DATETIME, 
	outputs JSON NOT NULL, 
	PRIMARY KEY (run_id, task_id, number)
);
CREATE TABLE audit (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DATETIME NOT NULL, 
	actor VARCHAR(100) NOT NULL, 
	address VARCHAR(64) NOT NULL, 
	action VARCHAR(200) NOT NULL, 
	detail TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL
);
CREATE TABLE engines (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	role VARCHAR(20) NOT NULL, 
	host VARCHAR(255) NOT NULL, 
	identity JSON NOT NULL, 
	wake_port INTEGER, 
	started_at DATETIME NOT NULL, 
	heartbeat_at DATETIME NOT NULL, 
	stop_request VARCHAR(20), 
	stopped_at DATETIME
, stop_asked_at DATETIME);
CREATE TABLE events (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DATETIME NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	workflow_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(100), 
	task_id VARCHAR(100), 
	attempt INTEGER, 
	schedule_id VARCHAR(100), 
	reason TEXT NOT NULL
);
CREATE TABLE fires (
	schedule_id VARCHAR(100) NOT NULL, 
	nominal_utc DATETIME NOT NULL, 
	disposition VARCHAR(20) NOT NULL, 
	reason TEXT NOT NULL, 
	run_id VARCHAR(100), 
	until_utc DATETIME, 
	count INTEGER NOT NULL, 
	PRIMARY KEY (schedule_id, nominal_utc)
);
INSERT INTO "fires" VALUES('every_night','2026-11-20 00:00:00.000000','coalesced','one run covers all missed fires',NULL,'2026-11-23 00:00:00.000000',2);
CREATE TABLE hook_calls (
	"key" VARCHAR(64) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE hooks (
	id VARCHAR(100) NOT NULL, 
	workflow_id VARCHAR(100) NOT NULL, 
	created_at DATETIME NOT NULL, created_by VARCHAR(100) DEFAULT 'owner' NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE planner (
	id INTEGER NOT NULL, 
	paused_at DATETIME NOT NULL, 
	paused_by VARCHAR(100) NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE request_keys (
	"key" VARCHAR(64) NOT NULL, 
	run_id VARCHAR(100) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE runs (
	id VARCHAR(100) NOT NULL, 
	workflow_id VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	reason TEXT NOT NULL, 
	schedule_id VARCHAR(100), 
	nominal_utc DATETIME, 
	queued_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	"exclusive" BOOLEAN NOT NULL, 
	retry_of VARCHAR(100), 
	engine_id INTEGER, 
	cancel_reason TEXT, started_by VARCHAR(100) DEFAULT '' NOT NULL, cause TEXT DEFAULT '' NOT NULL, exclusive_scope VARCHAR(20) DEFAULT 'schedule' NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE schedules (
	id VARCHAR(100) NOT NULL, 
	workflow_id VARCHAR(100) NOT NULL, 
	spec JSON NOT NULL, 
	timezone VARCHAR(100) NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	generation INTEGER NOT NULL, 
	cursor_utc DATETIME NOT NULL, 
	next_due_utc DATETIME, wake BOOLEAN DEFAULT 0 NOT NULL, policies JSON DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "schedules" VALUES('every_night','nightly','{"cron": "0 1 * * mon-fri"}','Europe/Berlin',1,1,'2026-11-29 18:41:31.395645','2026-11-30 00:00:00.000000',1,'{"catchup": "all", "catchup_window": 43200.0, "overlap": "skip", "overlap_scope": "schedule", "wake": true, "enabled": true}');
INSERT INTO "schedules" VALUES('often','nightly','{"every": "20m", "anchor": "2026-11-29T18:41:31+00:00"}','UTC',1,1,'2026-11-29 18:41:31.395645','2026-11-29 19:01:31.000000',0,'{"catchup": "latest", "catchup_window": null, "overlap": "queue", "overlap_scope": "workflow", "wake": false, "enabled": true}');
INSERT INTO "schedules" VALUES('stopped','nightly','{"interval": 60, "anchor": "2026-11-29T18:41:31+00:00"}','UTC',0,1,'2026-11-29 18:41:31.395645',NULL,0,'{"catchup": "latest", "catchup_window": null, "overlap": "replace", "overlap_scope": "workflow", "wake": false, "enabled": false}');
CREATE TABLE sessions (
	"key" VARCHAR(64) NOT NULL, 
	user_name VARCHAR(100) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE task_runs (
	run_id VARCHAR(100) NOT NULL, 
	task_id VARCHAR(100) NOT NULL, 
	position INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	reason TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	recoveries INTEGER NOT NULL, 
	retry_at DATETIME, 
	started_at DATETIME, 
	finished_at DATETIME, 
	PRIMARY KEY (run_id, task_id)
);
CREATE TABLE tickets (
	"key" VARCHAR(64) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE tokens (
	id VARCHAR(100) NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	created_by VARCHAR(100) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
CREATE TABLE users (
	name VARCHAR(100) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	password TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE workflow_versions (
	workflow_id VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	definition JSON NOT NULL, 
	saved_at DATETIME NOT NULL, 
	PRIMARY KEY (workflow_id, version)
);
INSERT INTO "workflow_versions" VALUES('nightly',1,'{"id": "nightly", "description": "Back up the shop", "tasks": [{"id": "dump", "command": "echo", "args": "a b", "shell": false, "working_dir": null, "env": {"K": "v"}, "env_file": null, "stdin": null, "nice": 0, "expected_exit_codes": [0, 3], "output_files": [], "retry": {"limit": 2, "delay": 30.0, "backoff": 2.0, "max_delay": 300.0}, "output_timeout": 5.0, "timeout": 600.0, "stop_grace": 20.0, "continue_on_failure": true, "guarantee": "at_most_once", "depends_on": []}, {"id": "zip", "command": "echo", "args": ["x", "y z"], "shell": false, "working_dir": null, "env": {}, "env_file": null, "stdin": null, "nice": 0, "expected_exit_codes": [0], "output_files": [{"path": "out/*.txt", "minimum_size": 0}], "retry": {"limit": 0, "delay": 0.0, "backoff": 1.0, "max_delay": null}, "output_timeout": 60.0, "timeout": null, "stop_grace": 10.0, "continue_on_failure": false, "guarantee": "at_least_once", "depends_on": ["dump"]}], "max_active_runs": 2, "enabled": true, "labels": ["etl"], "keep_awake": null}','2026-11-29 18:41:31.395645');
CREATE TABLE workflows (
	id VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "workflows" VALUES('nightly',1,'2026-11-29 18:41:31.395645','2026-11-29 18:41:31.395645');
CREATE INDEX ix_attempts_live ON attempts (state) WHERE state IN ('ready', 'launching', 'running', 'checking_outputs');
CREATE INDEX ix_events_run ON events (run_id);
CREATE INDEX ix_runs_queued_at ON runs (queued_at, id);
CREATE INDEX ix_runs_workflow ON runs (workflow_id, queued_at);
CREATE INDEX ix_schedules_next_due_utc ON schedules (next_due_utc);
CREATE INDEX ix_schedules_workflow_id ON schedules (workflow_id);
CREATE INDEX ix_task_runs_waiting ON task_runs (retry_at) WHERE state = 'waiting';
CREATE INDEX ix_hook_calls_expires_at ON hook_calls (expires_at);
CREATE INDEX ix_request_keys_expires_at ON request_keys (expires_at);
CREATE INDEX ix_audit_at ON audit (at);
CREATE INDEX ix_fires_passed_over ON fires (nominal_utc) WHERE run_id IS NULL;
CREATE INDEX ix_runs_state ON runs (state, queued_at, nominal_utc, id);
CREATE INDEX ix_runs_open_schedule ON runs (schedule_id) WHERE finished_at IS NULL;
CREATE INDEX ix_runs_open_workflow ON runs (workflow_id) WHERE finished_at IS NULL;
CREATE INDEX ix_schedules_wake ON schedules (next_due_utc) WHERE wake;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('audit',1);
COMMIT;
