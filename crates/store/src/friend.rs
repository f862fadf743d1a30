//! Friends: servers that this one asks, and the keys with which it does. All nodes share them.

use crate::Store;
use crate::db::{reading, storable};
use crate::effect::Statement;
use crate::error::{StoreError, failed};
use crate::revision::Moment;

/// A server that this one asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Friend {
    /// As it is called here; no two are called alike.
    pub name: String,
    /// The address of its root services.
    pub root_services: String,
    /// The key by which it knows this server.
    pub consumer_key: String,
    /// The secret that goes with the key, encrypted by the caller.
    pub secret: String,
    /// Since when.
    pub created: Moment,
    /// When the secret was last replaced.
    pub rotated: Option<Moment>,
}

const ADD: &str = "INSERT INTO friend (name, root_services, consumer_key, secret, created, rotated)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING";
const FIND: &str = "SELECT name, root_services, consumer_key, secret, created, rotated FROM friend
    WHERE name = $1";
const ALL: &str = "SELECT name, root_services, consumer_key, secret, created, rotated FROM friend
    ORDER BY name";
const CHANGE: &str = "UPDATE friend SET root_services = $2, consumer_key = $3, secret = $4, rotated = $5
    WHERE name = $1 AND root_services = $6 AND consumer_key = $7 AND secret = $8";
pub(crate) const REMOVE: &str = "DELETE FROM friend WHERE name = $1";

const READING: &str = "read the friends";

type Row = (String, String, String, String, i64, Option<i64>);

fn friend((name, root_services, consumer_key, secret, created, rotated): Row) -> Friend {
    let (created, rotated) = (Moment::new(created), rotated.map(Moment::new));
    Friend { name, root_services, consumer_key, secret, created, rotated }
}

/// Keeps a new friend, if its name is free.
pub(crate) fn add(friend: &Friend) -> Statement {
    let given = [
        friend.name.as_str().into(),
        friend.root_services.as_str().into(),
        friend.consumer_key.as_str().into(),
        friend.secret.as_str().into(),
        friend.created.into(),
        friend.rotated.map(Moment::microseconds).into(),
    ];
    Statement::that_needs_a_row(ADD, given)
}

/// Changes a friend, if it is still as it was read.
pub(crate) fn change(before: &Friend, after: &Friend) -> Statement {
    let given = [
        before.name.as_str().into(),
        after.root_services.as_str().into(),
        after.consumer_key.as_str().into(),
        after.secret.as_str().into(),
        after.rotated.map(Moment::microseconds).into(),
        before.root_services.as_str().into(),
        before.consumer_key.as_str().into(),
        before.secret.as_str().into(),
    ];
    Statement::that_needs_a_row(CHANGE, given)
}

impl Store {
    /// The friend of this name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn friend(&self, name: &str) -> Result<Option<Friend>, StoreError> {
        let found: Option<Row> = reading!(&self.db, |pool| {
            sqlx::query_as(FIND).bind(storable(name)).fetch_optional(pool).await.map_err(failed(READING))?
        });
        Ok(found.map(friend))
    }

    /// Every friend, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn friends(&self) -> Result<Vec<Friend>, StoreError> {
        let rows: Vec<Row> = reading!(&self.db, |pool| {
            sqlx::query_as(ALL).fetch_all(pool).await.map_err(failed(READING))?
        });
        Ok(rows.into_iter().map(friend).collect())
    }
}
