//! Friends: servers that this one asks, and the keys with which it does. All nodes share them.

use crate::Store;
use crate::db::{reading, storable, writing};
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
    WHERE name = $1";
const REMOVE: &str = "DELETE FROM friend WHERE name = $1";

const READING: &str = "read the friends";
const WRITING: &str = "keep the friends";

type Row = (String, String, String, String, i64, Option<i64>);

fn friend((name, root_services, consumer_key, secret, created, rotated): Row) -> Friend {
    let (created, rotated) = (Moment::new(created), rotated.map(Moment::new));
    Friend { name, root_services, consumer_key, secret, created, rotated }
}

impl Store {
    /// Keeps a new friend; answers whether its name was free.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn add_friend(&self, friend: &Friend) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(ADD)
                .bind(storable(&friend.name))
                .bind(storable(&friend.root_services))
                .bind(storable(&friend.consumer_key))
                .bind(&friend.secret)
                .bind(friend.created.microseconds())
                .bind(friend.rotated.map(Moment::microseconds));
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

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

    /// Changes what is kept of the friend of this name; answers whether there is one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn change_friend(&self, friend: &Friend) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(CHANGE)
                .bind(storable(&friend.name))
                .bind(storable(&friend.root_services))
                .bind(storable(&friend.consumer_key))
                .bind(&friend.secret)
                .bind(friend.rotated.map(Moment::microseconds));
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

    /// Removes a friend, its key and its secret; answers whether there was one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn remove_friend(&self, name: &str) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(REMOVE).bind(storable(name));
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }
}
