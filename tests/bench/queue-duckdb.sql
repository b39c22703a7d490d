-- What import and plan are held against beside queue.sql, by DuckDB: all of the roster's facts are
-- read, the goal "declutter" leaves out who stays, and the rest goes into a table in the order of
-- their scores. One statement, so that nothing is written twice. NULL is the policy's unknown.
CREATE TABLE queue AS
SELECT *, row_number() OVER (ORDER BY score DESC) AS position FROM (
 SELECT *,
  coalesce(100 * CASE WHEN posts = 0 OR silent >= 30 THEN 0
                      WHEN silent < 30 THEN greatest(posts - interactions, 0) / age END, 0)
  + 2 * coalesce(bot, false)::INT + coalesce(NOT follows_me, false)::INT
  + coalesce(suspended, false)::INT + coalesce(deleted, false)::INT + coalesce(moved, false)::INT
  + 0.0001 * coalesce(silent, 0) AS score
 FROM (
  SELECT *,
   greatest(epoch(TIMESTAMP '2026-11-24' - created_at) / 86400, 1) AS age,
   greatest(epoch(TIMESTAMP '2026-11-24' -
    CASE WHEN posts = 0 THEN coalesce(last_post_at, created_at) ELSE last_post_at END) / 86400, 0) AS silent
  FROM read_json('roster.jsonl', format = 'newline_delimited', columns = {
   id: 'VARCHAR', handle: 'VARCHAR', lang: 'VARCHAR', followers: 'BIGINT', posts: 'BIGINT',
   created_at: 'TIMESTAMP', last_post_at: 'TIMESTAMP', follows_me: 'BOOLEAN', interactions: 'BIGINT',
   last_interaction_at: 'TIMESTAMP', lists: 'VARCHAR[]', verified: 'BOOLEAN', bot: 'BOOLEAN',
   suspended: 'BOOLEAN', deleted: 'BOOLEAN', moved: 'BOOLEAN', default_avatar: 'BOOLEAN'})
  WHERE interactions = 0 AND NOT coalesce(len(lists) > 0, false)
   AND NOT coalesce(followers >= 100000 AND coalesce(verified, true) AND NOT coalesce(bot, false), false)));
CHECKPOINT;
