-- The short form: only id, follows_me and interactions, a score of those, and a sorted queue. It
-- keeps no other fact, so it could not answer what the policy asks; printed for comparison.
PRAGMA temp_store = memory;
CREATE TEMP TABLE lines(line TEXT);
.mode ascii
.separator "\037" "\n"
.import --schema temp roster.jsonl lines
CREATE TABLE roster AS SELECT
 json_extract(line, '$.id') AS id,
 json_extract(line, '$.follows_me') AS follows_me,
 json_extract(line, '$.interactions') AS interactions
FROM lines;
CREATE TABLE queue(position INTEGER PRIMARY KEY, id TEXT, score REAL);
INSERT INTO queue(id, score) SELECT id, coalesce(NOT follows_me, 0) AS score
FROM roster
WHERE interactions = 0
ORDER BY score DESC;
