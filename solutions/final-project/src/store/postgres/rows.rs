//! Statements that both databases know, as PostgreSQL understands them.

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::{Postgres, Session, failed};
use crate::store::StoreError;
use crate::store::jobs::Value;

/// The time in milliseconds since 1970: of the statement, and not of the transaction.
const NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
/// What another one is about to claim is not waited for.
const LOCKED: &str = "FOR UPDATE SKIP LOCKED";

impl Postgres {
    /// Runs a statement, and returns its rows. It is prepared anew each time: who runs jobs asks once a second.
    pub(in crate::store) async fn rows(
        &self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let sql = statement.replace("NOW", NOW).replace("LOCKED", LOCKED);
        let values: Vec<_> = values.iter().map(parameter).collect();
        let values: Vec<_> = values.iter().map(AsRef::as_ref).collect();
        let query = async |session: &Session| session.client.query(&sql, &values).await;
        let rows = self.ask(query).await?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(failed)
    }
}

fn read(row: &Row) -> Result<Vec<Value>, tokio_postgres::Error> {
    let columns = row.columns().iter().enumerate();
    columns
        .map(|(index, column)| {
            Ok(if *column.type_() == Type::INT8 {
                row.try_get::<_, Option<i64>>(index)?.map_or(Value::Null, Value::Number)
            } else {
                row.try_get::<_, Option<String>>(index)?.map_or(Value::Null, Value::Text)
            })
        })
        .collect()
}

/// Nothing is a text that is not there: no number is ever missing.
fn parameter(value: &Value) -> Box<dyn ToSql + Sync> {
    match value {
        Value::Null => Box::new(None::<String>),
        Value::Number(number) => Box::new(*number),
        Value::Text(text) => Box::new(text.clone()),
    }
}
