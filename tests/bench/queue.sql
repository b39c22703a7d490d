-- The same roster in the sqlite3 shell: all facts as columns, keep rules, a score, a sorted queue.
CREATE TABLE lines(line TEXT);
.mode ascii
.separator "\037" "\n"
.import roster.jsonl lines
CREATE TABLE roster AS SELECT
 json_extract(line,'$.id') AS id, json_extract(line,'$.handle') AS handle,
 json_extract(line,'$.name') AS name, json_extract(line,'$.bio') AS bio,
 json_extract(line,'$.lang') AS lang, json_extract(line,'$.followers') AS followers,
 json_extract(line,'$.following') AS following, json_extract(line,'$.posts') AS posts,
 json_extract(line,'$.created_at') AS created_at, json_extract(line,'$.last_post_at') AS last_post_at,
 json_extract(line,'$.follows_me') AS follows_me, json_extract(line,'$.verified') AS verified,
 json_extract(line,'$.bot') AS bot, json_extract(line,'$.suspended') AS suspended,
 json_extract(line,'$.deleted') AS deleted, json_extract(line,'$.moved') AS moved,
 json_extract(line,'$.lists') AS lists, json_extract(line,'$.interactions') AS interactions,
 json_extract(line,'$.last_interaction_at') AS last_interaction_at FROM lines;
CREATE TABLE queue AS SELECT id,
 100.0*posts/(julianday('2026-11-24')-julianday(created_at))
 + 0.5*(julianday('2026-11-24')-julianday(last_post_at)) - 50.0*interactions AS score
 FROM roster
 WHERE NOT (coalesce(json_array_length(lists) > 0, 0) OR coalesce(follows_me AND interactions > 0, 0)
   OR coalesce(interactions >= 10, 0) OR coalesce(followers >= 100000 AND verified AND NOT bot, 0)
   OR coalesce(julianday('2026-11-24')-julianday(last_interaction_at) < 365, 0))
 ORDER BY score DESC;
