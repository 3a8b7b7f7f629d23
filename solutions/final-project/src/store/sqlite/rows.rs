//! Statements that both databases know, as SQLite understands them.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Row, ToSql, params_from_iter};

use super::Sqlite;
use crate::store::StoreError;
use crate::store::jobs::Value;

/// The time in milliseconds since 1970.
const NOW: &str = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

impl Sqlite {
    /// Runs a statement, and returns its rows.
    pub(in crate::store) async fn rows(
        &self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        // Writers wait for each other anyway: nobody is in anybody's way.
        let sql = statement.replace('$', "?").replace("NOW", NOW).replace("LOCKED", "");
        let threads = if statement.starts_with("SELECT") { &self.readers } else { &self.writer };
        threads
            .run(move |connection| {
                let mut statement = connection.prepare_cached(&sql)?;
                let rows = statement.query_map(params_from_iter(&values), read)?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            })
            .await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Vec<Value>> {
    let columns = row.as_ref().column_count();
    (0..columns)
        .map(|column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Integer(number) => Value::Number(number),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
            })
        })
        .collect()
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Number(number) => ToSqlOutput::from(*number),
            Self::Text(text) => ToSqlOutput::from(text.as_str()),
        })
    }
}
