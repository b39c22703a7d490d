-- What import and plan are held against: the roster's facts into a table, then whom the goal
-- "declutter" lets go into a sorted queue. SQL's NULL is the policy's unknown, so the queue has the
-- same accounts. As fast as the shell does it: lines stay in memory, only the two tables are written.
PRAGMA temp_store = memory;
CREATE TEMP TABLE lines(line TEXT);
.mode ascii
.separator "\037" "\n"
.import --schema temp roster.jsonl lines
CREATE TABLE roster AS SELECT
 json_extract(line, '$.id') AS id,
 json_extract(line, '$.handle') AS handle,
 json_extract(line, '$.lang') AS lang,
 json_extract(line, '$.followers') AS followers,
 json_extract(line, '$.posts') AS posts,
 json_extract(line, '$.created_at') AS created_at,
 json_extract(line, '$.last_post_at') AS last_post_at,
 json_extract(line, '$.follows_me') AS follows_me,
 json_extract(line, '$.interactions') AS interactions,
 json_extract(line, '$.last_interaction_at') AS last_interaction_at,
 json_extract(line, '$.lists') AS lists,
 json_extract(line, '$.verified') AS verified,
 json_extract(line, '$.bot') AS bot,
 json_extract(line, '$.suspended') AS suspended,
 json_extract(line, '$.deleted') AS deleted,
 json_extract(line, '$.moved') AS moved,
 json_extract(line, '$.default_avatar') AS default_avatar
FROM lines;

CREATE TEMP VIEW times AS SELECT *,
 max(julianday('2026-11-24') - julianday(created_at), 1) AS age,
 max(julianday('2026-11-24') - julianday(iif(posts = 0, coalesce(last_post_at, created_at), last_post_at)), 0) AS silent
FROM roster
WHERE interactions = 0 AND NOT coalesce(json_array_length(lists) > 0, 0)
 AND NOT coalesce(followers >= 100000 AND coalesce(verified, 1) AND NOT coalesce(bot, 0), 0);
CREATE TABLE queue(position INTEGER PRIMARY KEY, id TEXT, score REAL);
INSERT INTO queue(id, score) SELECT id,
 coalesce(100 * CASE WHEN posts = 0 OR silent >= 30 THEN 0 WHEN silent < 30 THEN max(posts - interactions, 0) / age END, 0)
  + 2 * coalesce(bot, 0) + coalesce(NOT follows_me, 0)
  + coalesce(suspended, 0) + coalesce(deleted, 0) + coalesce(moved, 0)
  + 0.0001 * coalesce(silent, 0) AS score
FROM times
ORDER BY score DESC;
