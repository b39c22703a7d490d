-- What import and plan are held against: the roster's facts into a table, then the default policy
-- into a sorted queue. SQL's NULL is the policy's unknown, so the queue has the same accounts but
-- for ties. As fast as the shell does it: lines and scores stay in memory, only the two tables are
-- written. Of keep_top only those with an interaction are ranked, which decides the same.
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

CREATE TEMP VIEW times AS SELECT rowid AS number, *,
 max(julianday('2026-11-24') - julianday(created_at), 1) AS age,
 max(julianday('2026-11-24') - julianday(iif(posts = 0, coalesce(last_post_at, created_at), last_post_at)), 0) AS silent,
 iif(interactions = 0 AND last_interaction_at IS NULL, 1e6,
     julianday('2026-11-24') - julianday(last_interaction_at)) AS since
FROM roster;
CREATE TEMP TABLE judged AS SELECT id, lang, interactions,
 coalesce(json_array_length(lists) > 0, 0)
  OR since < 365
  OR (follows_me AND interactions > 0)
  OR interactions >= 10
  OR (followers >= 100000 AND verified AND NOT coalesce(bot, 0)) AS keep,
 coalesce(CASE WHEN silent >= 30 THEN 0 WHEN silent < 30 THEN 100.0 * max(posts - interactions, 0) / age END, 0)
  + coalesce(25.0 * posts / age, 0)
  + coalesce(0.5 * silent, 0)
  + 150 * coalesce(follows_me AND interactions = 0, 0)
  + 200 * coalesce(bot, 0)
  + 100 * coalesce(default_avatar, 0)
  - 50 * coalesce(interactions, 0)
  - 10000 * (coalesce(suspended, 0) + coalesce(deleted, 0) + coalesce(moved, 0)) AS score
FROM times;
CREATE TABLE queue(position INTEGER PRIMARY KEY, id TEXT, score REAL);
INSERT INTO queue(id, score) SELECT id, score FROM judged
WHERE NOT keep AND rowid NOT IN (
 SELECT number FROM (
  SELECT rowid AS number, row_number() OVER (PARTITION BY lang ORDER BY interactions DESC, score) AS place
  FROM judged WHERE interactions > 0)
 WHERE place <= 50)
ORDER BY score DESC;
