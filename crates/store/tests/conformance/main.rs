//! One suite for both databases: what holds on one holds on the other.

mod append;
mod as_of;
mod database;
mod follow;
mod journal;
mod kinds;
mod load;
mod migrations;
mod sign_in;
mod story;

/// Makes a test of each function here on each database.
macro_rules! on_each_database {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::database::Database::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::database::Database::postgres().await).await;
            })*
        }
    };
}
use on_each_database;
