BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
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
INSERT INTO "attempts" VALUES('20261129-023219-6pgj5cfr','task_1',1,'succeeded','exit code 0',1,0,18258,'2026-11-29 02:32:19.321041','2026-11-29 02:32:19.323172','[]');
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
INSERT INTO "engines" VALUES(1,'here','host','{"pid": 1, "started": 1, "boot": "b"}',43051,'2026-11-29 02:32:19.213137','2026-11-29 02:32:19.231216',NULL,'2026-11-29 02:32:19.359793',NULL);
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
INSERT INTO "events" VALUES(1,'2026-11-29 02:32:19.226300','run.queued','plain','20261129-023219-6pgj5cfr',NULL,NULL,NULL,'started by local:ada');
INSERT INTO "events" VALUES(2,'2026-11-29 02:32:19.231216','run.running','plain','20261129-023219-6pgj5cfr',NULL,NULL,NULL,'started by local:ada');
INSERT INTO "events" VALUES(3,'2026-11-29 02:32:19.231216','task.running','plain','20261129-023219-6pgj5cfr','task_1',NULL,NULL,'');
INSERT INTO "events" VALUES(4,'2026-11-29 02:32:19.231216','attempt.launching','plain','20261129-023219-6pgj5cfr','task_1',1,NULL,'');
INSERT INTO "events" VALUES(5,'2026-11-29 02:32:19.323542','attempt.running','plain','20261129-023219-6pgj5cfr','task_1',1,NULL,'');
INSERT INTO "events" VALUES(6,'2026-11-29 02:32:19.323542','attempt.succeeded','plain','20261129-023219-6pgj5cfr','task_1',1,NULL,'exit code 0');
INSERT INTO "events" VALUES(7,'2026-11-29 02:32:19.323542','task.succeeded','plain','20261129-023219-6pgj5cfr','task_1',NULL,NULL,'exit code 0');
INSERT INTO "events" VALUES(8,'2026-11-29 02:32:19.323542','run.succeeded','plain','20261129-023219-6pgj5cfr',NULL,NULL,NULL,'1 task succeeded');
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
INSERT INTO "runs" VALUES('20261129-023219-6pgj5cfr','plain',2,'succeeded','1 task succeeded',NULL,NULL,'2026-11-29 02:32:19.226300','2026-11-29 02:32:19.231216','2026-11-29 02:32:19.323542',0,NULL,1,NULL,'local:ada','started by local:ada','schedule');
CREATE TABLE schedules (
	id VARCHAR(100) NOT NULL, 
	workflow_id VARCHAR(100) NOT NULL, 
	spec JSON NOT NULL, 
	timezone VARCHAR(100) NOT NULL, 
	catchup VARCHAR(20) NOT NULL, 
	catchup_window FLOAT, 
	overlap VARCHAR(20) NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	generation INTEGER NOT NULL, 
	cursor_utc DATETIME NOT NULL, 
	next_due_utc DATETIME, overlap_scope VARCHAR(20) DEFAULT 'workflow' NOT NULL, wake BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "schedules" VALUES('every_night','nightly','{"cron": "0 1 * * mon-fri"}','Europe/Berlin','all',43200.0,'skip',1,1,'2026-11-29 02:32:13.922291','2026-11-30 00:00:00.000000','schedule',1);
INSERT INTO "schedules" VALUES('often','nightly','{"every": "20m", "anchor": "2026-11-29T02:32:14+00:00"}','UTC','latest',NULL,'queue',1,1,'2026-11-29 02:32:14.876991','2026-11-29 02:52:14.000000','workflow',0);
INSERT INTO "schedules" VALUES('stopped','nightly','{"interval": 60, "anchor": "2026-11-29T02:32:16+00:00"}','UTC','latest',NULL,'replace',0,1,'2026-11-29 02:32:16.084305',NULL,'workflow',0);
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
INSERT INTO "task_runs" VALUES('20261129-023219-6pgj5cfr','task_1',0,'succeeded','exit code 0',1,0,NULL,'2026-11-29 02:32:19.231216','2026-11-29 02:32:19.323542');
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
INSERT INTO "workflow_versions" VALUES('nightly',1,'{"id": "nightly", "description": "Back up the shop", "tasks": [], "max_active_runs": null, "enabled": true, "labels": [], "keep_awake": null}','2026-11-29 02:32:10.605485');
INSERT INTO "workflow_versions" VALUES('nightly',2,'{"id": "nightly", "description": "Back up the shop", "tasks": [], "max_active_runs": 2, "enabled": true, "labels": ["etl"], "keep_awake": null}','2026-11-29 02:32:11.532753');
INSERT INTO "workflow_versions" VALUES('nightly',3,'{"id": "nightly", "description": "Back up the shop", "tasks": [{"id": "dump", "command": "echo", "args": "a b", "shell": false, "working_dir": null, "env": {"K": "v"}, "env_file": null, "expected_exit_codes": [0, 3], "output_files": [], "output_timeout": 5.0, "retry": {"limit": 2, "delay": 30.0, "backoff": 2.0, "max_delay": 300.0}, "continue_on_failure": true, "timeout": 600.0, "stop_grace": 20.0, "guarantee": "at_most_once", "depends_on": null}], "max_active_runs": 2, "enabled": true, "labels": ["etl"], "keep_awake": null}','2026-11-29 02:32:12.440324');
INSERT INTO "workflow_versions" VALUES('nightly',4,'{"id": "nightly", "description": "Back up the shop", "tasks": [{"id": "dump", "command": "echo", "args": "a b", "shell": false, "working_dir": null, "env": {"K": "v"}, "env_file": null, "expected_exit_codes": [0, 3], "output_files": [], "output_timeout": 5.0, "retry": {"limit": 2, "delay": 30.0, "backoff": 2.0, "max_delay": 300.0}, "continue_on_failure": true, "timeout": 600.0, "stop_grace": 20.0, "guarantee": "at_most_once", "depends_on": []}, {"id": "zip", "command": "echo", "args": ["x", "y z"], "shell": false, "working_dir": null, "env": {}, "env_file": null, "expected_exit_codes": [0], "output_files": [{"path": "out/*.txt", "minimum_size": 0}], "output_timeout": 60, "retry": {"limit": 0, "delay": 0.0, "backoff": 1, "max_delay": null}, "continue_on_failure": false, "timeout": null, "stop_grace": 10, "guarantee": "at_least_once", "depends_on": ["dump"]}], "max_active_runs": 2, "enabled": true, "labels": ["etl"], "keep_awake": null}','2026-11-29 02:32:13.213781');
INSERT INTO "workflow_versions" VALUES('plain',1,'{"id": "plain", "description": "", "tasks": [], "max_active_runs": null, "enabled": true, "labels": [], "keep_awake": null}','2026-11-29 02:32:17.147897');
INSERT INTO "workflow_versions" VALUES('plain',2,'{"id": "plain", "description": "", "tasks": [{"id": "task_1", "command": "true", "args": [], "shell": false, "working_dir": null, "env": {}, "env_file": null, "expected_exit_codes": [0], "output_files": [], "output_timeout": 60, "retry": {"limit": 0, "delay": 0.0, "backoff": 1, "max_delay": null}, "continue_on_failure": false, "timeout": null, "stop_grace": 10, "guarantee": "at_least_once", "depends_on": null}], "max_active_runs": null, "enabled": true, "labels": [], "keep_awake": null}','2026-11-29 02:32:18.080921');
CREATE TABLE workflows (
	id VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "workflows" VALUES('nightly',4,'2026-11-29 02:32:10.605485','2026-11-29 02:32:13.213781');
INSERT INTO "workflows" VALUES('plain',2,'2026-11-29 02:32:17.147897','2026-11-29 02:32:18.080921');
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
INSERT INTO "sqlite_sequence" VALUES('audit',10);
INSERT INTO "sqlite_sequence" VALUES('engines',1);
INSERT INTO "sqlite_sequence" VALUES('events',8);
COMMIT;
