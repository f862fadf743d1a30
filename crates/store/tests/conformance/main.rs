//! One suite for both databases: what holds on one holds on the other.

#[cfg(test)]
mod append;
#[cfg(test)]
mod as_of;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod baseline_run;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod database;
#[cfg(test)]
mod follow;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod leases;
#[cfg(test)]
mod load;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod searching;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod story;
#[cfg(test)]
mod verify;

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
