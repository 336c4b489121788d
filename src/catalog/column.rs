//! Columns as the model's types.

use rusqlite::types::Type;
use rusqlite::{Error, Row};
use uuid::Uuid;

use crate::model::{Id, Timestamp, UnknownValue};

/// An id column.
pub(super) fn id<T: Id>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    uuid(row, column).map(T::from_uuid)
}

/// An id column that may be null.
pub(super) fn id_or_null<T: Id>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let bytes: Option<[u8; 16]> = row.get(column)?;
    Ok(bytes.map(|bytes| T::from_uuid(Uuid::from_bytes(bytes))))
}

/// A column that holds an enumeration's original number.
pub(super) fn numbered<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: TryFrom<i64, Error = UnknownValue>,
{
    let value: i64 = row.get(column)?;
    T::try_from(value).map_err(|error| unreadable(column, Type::Integer, error))
}

/// A time column.
pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp::from_micros(row.get(column)?))
}

/// A time column that may be null.
pub(super) fn time_or_null(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let micros: Option<i64> = row.get(column)?;
    Ok(micros.map(Timestamp::from_micros))
}

/// A column with the 16 bytes of what is no object.
pub(super) fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

/// A text column that something parses.
pub(super) fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr,
    T::Err: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|error: T::Err| unreadable(column, Type::Text, error))
}

fn unreadable(
    column: usize,
    kind: Type,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::FromSqlConversionFailure(column, kind, error.into())
}
