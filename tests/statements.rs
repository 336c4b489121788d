//! Every SQL statement of the crate has a plan that stays quick however large the catalog grows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/source.rs"]
mod source;

use std::collections::BTreeMap;

use rsm::OpenOptions;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use source::{Statement, Token};

/// Tables with a handful of rows, or one per drive in use. All others grow: with media, elements, pools, or time.
const SMALL: [&str; 12] = [
    "computer",
    "media_type",
    "library",
    "library_media_type",
    "process",
    "changer",
    "device_type",
    "mount",
    "movement",
    "port_move",
    "sqlite_master",
    "sqlite_sequence",
];

/// Statements that may look at every row, and why.
const WHOLE: [(&str, &str); 6] = [
    ("catalog/label_put_off.rs PUT_OFF_ALL", "when a catalog is imported; reads those that wait"),
    // The rules of check() are about everything.
    ("catalog/check/", "reads the whole catalog on purpose"),
    ("catalog/reservation/mod.rs ALL", "one row per drive at most, listed when somebody asks"),
    ("catalog/reservation/wait.rs ALL", "one row per call that waits, listed when somebody asks"),
    ("catalog/removal.rs CHANGERS", "a library is deleted once; drives and ports are few"),
    ("catalog/removal.rs LIBRARY", "a library is deleted once, and looks once for its requests"),
];

fn all() -> Vec<Statement> {
    source::files("catalog").iter().flat_map(|file| source::statements(file)).collect()
}

/// A new catalog, past the crate: no statistics, plans as the crate's connections make them.
fn fresh_catalog() -> (tempfile::TempDir, Connection) {
    let directory = tempfile::tempdir().expect("temporary directory");
    drop(OpenOptions::new().create(true).open(directory.path()).expect("catalog"));
    let connection = Connection::open(directory.path().join("catalog.db")).expect("database");
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).expect("setting");
    (directory, connection)
}

fn plan(connection: &Connection, statement: &Statement) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let mut explain =
        connection.prepare(&sql).unwrap_or_else(|e| panic!("{}: {e}", statement.name));
    let mut rows = explain.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().expect("plan") {
        steps.push(row.get(3).expect("detail"));
    }
    steps
}

/// The tables of a statement by the names they go by in it.
fn tables(sql: &str) -> BTreeMap<String, String> {
    const NO_ALIAS: [&str; 18] = [
        "WHERE",
        "JOIN",
        "LEFT",
        "CROSS",
        "INNER",
        "ON",
        "ORDER",
        "GROUP",
        "LIMIT",
        "SET",
        "VALUES",
        "UNION",
        "INDEXED",
        "RETURNING",
        "USING",
        "DEFAULT",
        "SELECT",
        "HAVING",
    ];
    let words: Vec<&str> =
        sql.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '(').collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let mut tables = BTreeMap::new();
    for at in 0..words.len() {
        if !matches!(words[at], "FROM" | "JOIN" | "UPDATE" | "INTO") {
            continue;
        }
        let Some(table) = words.get(at + 1).filter(|word| !word.starts_with('(')) else { continue };
        let alias = match words.get(at + 2) {
            Some(&"AS") => words.get(at + 3),
            other => other.filter(|word| !NO_ALIAS.contains(word) && !word.contains('(')),
        };
        tables.insert((*alias.unwrap_or(table)).to_owned(), (*table).to_owned());
    }
    tables
}

/// What is wrong with a plan.
fn slow_steps(statement: &Statement, plan: &[String]) -> Vec<String> {
    let tables = tables(&statement.sql);
    let is_slow = |step: &&String| {
        if step.contains("USE TEMP B-TREE") {
            return true;
        }
        let Some(scanned) = step.strip_prefix("SCAN ") else { return false };
        let name = scanned.split(' ').next().unwrap_or_default();
        // A list of values, or the rows of another step.
        if scanned.starts_with("CONSTANT ROW") || name.starts_with('(') || name.contains('-') {
            return false;
        }
        // The rows found so far by a statement that calls itself.
        if statement.sql.contains(&format!("RECURSIVE {name} ")) {
            return false;
        }
        let table = tables.get(name).map_or(name, String::as_str);
        !SMALL.contains(&table)
    };
    plan.iter().filter(is_slow).cloned().collect()
}

#[test]
fn every_statement_is_found() {
    let statements = all();
    assert!(statements.len() > 60, "only {} statements", statements.len());
    let named = |name: &str| {
        let found = statements.iter().find(|s| s.name == name);
        &found.unwrap_or_else(|| panic!("{name} is missing")).sql
    };
    // One literal over several lines, and one joined by a macro.
    assert!(named("catalog/candidate.rs FIRST").contains("grade IS NOT NULL ORDER BY key"));
    assert!(named("catalog/pool.rs BY_ID").starts_with("SELECT key, id, parent"));
    assert!(named("catalog/pool.rs BY_ID").ends_with("FROM pool WHERE id = ?1"));
}

#[test]
fn no_statement_reads_a_growing_table_whole_or_sorts() {
    let (_directory, connection) = fresh_catalog();
    let mut slow = Vec::new();
    for statement in all() {
        if WHOLE.iter().any(|(name, _)| statement.name.starts_with(name)) {
            continue;
        }
        for step in slow_steps(&statement, &plan(&connection, &statement)) {
            slow.push(format!("{}: {step}", statement.name));
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}

#[test]
fn a_slow_statement_would_be_noticed() {
    let (_directory, connection) = fresh_catalog();
    for sql in [
        "SELECT id FROM medium m WHERE m.name = ?1",
        "SELECT id FROM medium AS x WHERE library + 0 = 1",
        "SELECT s.id FROM side s CROSS JOIN medium m ON m.key = s.key >> 8 WHERE m.key = 1",
        "UPDATE side SET state = 1 WHERE allocate_count = 3",
        "DELETE FROM change_log WHERE changes = x''",
        "SELECT id FROM medium WHERE pool = ?1 ORDER BY name",
        "SELECT count(*) FROM medium",
        "SELECT id FROM pool ORDER BY key",
    ] {
        let statement = Statement { name: "here".into(), sql: sql.into() };
        let plan = plan(&connection, &statement);
        assert!(!slow_steps(&statement, &plan).is_empty(), "{sql}: {plan:?}");
    }
}

#[test]
fn each_exception_is_needed() {
    let (_directory, connection) = fresh_catalog();
    for (name, reason) in WHOLE {
        let slow = all()
            .iter()
            .filter(|statement| statement.name.starts_with(name))
            .any(|statement| !slow_steps(statement, &plan(&connection, statement)).is_empty());
        assert!(slow, "{name} needs no exception ({reason})");
    }
}

#[test]
fn all_sql_is_in_the_catalog() {
    let is_sql = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        source::is_statement(text) && words.len() > 2
            || words.first().is_some_and(|word| *word == "PRAGMA")
            || text.contains("CREATE TABLE")
            || text.contains("BEGIN IMMEDIATE")
    };
    for file in source::files("") {
        let name = source::short(&file);
        if name.starts_with("catalog/") {
            continue;
        }
        for token in source::tokens(&file) {
            match token {
                Token::Text(text) => assert!(!is_sql(&text), "{name}: {text}"),
                Token::Word(word) => assert_ne!(word, "rusqlite", "{name} uses the database"),
                Token::Sign(_) => {}
            }
        }
    }
}
