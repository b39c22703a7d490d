// duckdb.mjs SCRIPT.sql DATABASE: run the script on a new database file by two threads. Prints the
// seconds it took, without node's own start, and how many rows the table `queue` has.
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const [script, file] = process.argv.slice(2);
const sql = readFileSync(script, 'utf8');
const began = process.hrtime.bigint();
const instance = await DuckDBInstance.create(file, { threads: '2', preserve_insertion_order: 'false' });
const connection = await instance.connect();
await connection.run(sql);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const count = await connection.runAndReadAll('SELECT count(*) FROM queue');
console.log(seconds.toFixed(6), String(count.getRows()[0][0]));
connection.closeSync();
instance.closeSync();
