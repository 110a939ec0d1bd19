// Seconds that DuckDB-WASM needs for a query over the CSV file in the page's input, set as `window.seconds`.

import * as duckdb from './node_modules/@duckdb/duckdb-wasm/dist/duckdb-browser.mjs';

const dist = './node_modules/@duckdb/duckdb-wasm/dist/';
const input = document.querySelector('input');
const query = await (await fetch('group_by.sql')).text();
const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), new Worker(dist + 'duckdb-browser-eh.worker.js'));
await db.instantiate(new URL(dist + 'duckdb-eh.wasm', location.href).href);

input.onchange = async () => {
  try {
    await db.registerFileHandle('log.csv', input.files[0], duckdb.DuckDBDataProtocol.BROWSER_FILEREADER, true);
    const connection = await db.connect();
    const start = performance.now();
    await connection.query(query.replace('SOURCE', "read_csv_auto('log.csv')"));
    window.seconds = (performance.now() - start) / 1000;
  } catch (error) {
    window.trouble = String(error);
  }
};
window.ready = true;
