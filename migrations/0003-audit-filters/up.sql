-- The log is filtered by who did what, and by when. There are few different pairs of action and actor; within one, rows stand in the order of the log.
CREATE INDEX audit_by_action_and_actor ON audit (action, actor, sequence, at);
CREATE INDEX audit_by_time ON audit (at);
