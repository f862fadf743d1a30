//! Which tables a backup holds, and why it does not hold the others.

/// A table whose rows are kept. Neither tables nor columns are ever removed from these lists: older backups
/// have them.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
    pub(super) order: &'static str,
}

#[derive(Clone, Copy)]
pub(super) enum Column {
    Integer(&'static str),
    Text(&'static str),
}

impl Column {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Integer(name) | Self::Text(name) => name,
        }
    }
}

use Column::{Integer, Text};

pub(super) const KEPT: &[Table] = &[
    Table { name: "fact", columns: &[Text("kind"), Text("key"), Text("value")], order: "kind, key" },
    Table {
        name: "journal",
        columns: &[
            Integer("revision"),
            Integer("at"),
            Text("by_user"),
            Text("via"),
            Text("address"),
            Text("basis"),
            Text("summary"),
            Text("hash"),
            Text("impact"),
        ],
        order: "revision",
    },
    Table {
        name: "event",
        columns: &[
            Integer("revision"),
            Integer("position"),
            Text("kind"),
            Text("key"),
            Text("before"),
            Text("after"),
            Text("salt"),
            Text("personal"),
        ],
        order: "revision, position",
    },
    Table {
        name: "credential",
        columns: &[Integer("user_number"), Text("password_hash")],
        order: "user_number",
    },
    Table {
        name: "access_token",
        columns: &[
            Text("token_hash"),
            Integer("user_number"),
            Text("name"),
            Text("scopes"),
            Integer("created"),
            Integer("expires"),
            Integer("last_used"),
        ],
        order: "user_number, name",
    },
    Table {
        name: "licence_use",
        columns: &[Text("pool"), Integer("day"), Integer("installed"), Integer("peak"), Integer("denials")],
        order: "pool, day",
    },
    Table {
        name: "licence_last_use",
        columns: &[Integer("user_number"), Text("licence"), Integer("day")],
        order: "user_number, licence",
    },
    Table {
        name: "access_request",
        columns: &[
            Text("id"),
            Integer("user_number"),
            Text("open_remedy"),
            Text("wish"),
            Text("reason"),
            Integer("created"),
            Integer("expires"),
            Integer("claimed"),
            Integer("ended"),
            Text("outcome"),
            Integer("ended_by"),
            Text("note"),
            Integer("revision"),
        ],
        order: "created, id",
    },
    Table {
        name: "friend",
        columns: &[
            Text("name"),
            Text("root_services"),
            Text("consumer_key"),
            Text("secret"),
            Integer("created"),
            Integer("rotated"),
        ],
        order: "name",
    },
    Table {
        name: "consumer",
        columns: &[
            Text("consumer_key"),
            Text("name"),
            Text("state"),
            Text("secret"),
            Text("old_secret"),
            Integer("old_until"),
            Integer("trusted"),
            Integer("user_number"),
            Text("callback_hosts"),
            Text("root_services"),
            Integer("created"),
            Integer("decided"),
            Text("asked_from"),
            Integer("asks_trust"),
            Integer("renewed"),
        ],
        order: "created, consumer_key",
    },
    Table {
        name: "refusal",
        columns: &[Integer("at"), Text("by_user"), Text("address"), Text("what"), Text("gate")],
        order: "number",
    },
];

/// The others, each with the reason.
#[cfg(test)]
const LEFT_OUT: &[(&str, &str)] = &[
    ("migration", "restoring makes the tables"),
    ("organisation", "the header tells the revision; the history is a new one"),
    ("session", "whoever was signed in signs in again"),
    ("link", "a link that was used since then would be good once more"),
    ("invitation", "one that was used or withdrawn since then would be good once more"),
    ("mail", "what it would tell of is over, or is mailed anew"),
    ("idempotency", "requests are sent again within a day, and to a server that knows their changes"),
    ("baseline_run", "what it has changed is in the journal; one that was under way is begun anew"),
    ("baseline_run_local", "it belongs to a run"),
    ("licence_lease", "whoever had leased something is signed out, and takes it again when it is needed"),
    ("attempt_budget", "a pause after wrong passwords is over sooner than a restoration"),
    ("oauth_token", "whoever had approved approves again"),
    ("oauth_nonce", "what was signed is good for some minutes, and a restoration takes longer"),
    ("process_copy", "the providers are asked again at once"),
    ("process_consumer", "each consumer asks again within a minute"),
    ("familiar_place", "only makes signing in easier, and fills itself"),
];

/// Columns that number the rows of a table that is kept: they are numbered anew, in the same order.
#[cfg(test)]
const NUMBERED_ANEW: &[(&str, &str)] = &[("refusal", "number")];

/// The table that a backup names so.
pub(super) fn table(name: &str) -> Option<&'static Table> {
    KEPT.iter().find(|table| table.name == name)
}

impl Table {
    pub(super) fn column(&self, name: &str) -> Option<Column> {
        self.columns.iter().copied().find(|column| column.name() == name)
    }

    pub(super) fn select(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(|column| column.name()).collect();
        format!("SELECT {} FROM {} ORDER BY {}", columns.join(", "), self.name, self.order)
    }

    /// The statement that inserts so many rows with these columns.
    pub(super) fn insert(&self, columns: &[Column], rows: usize) -> String {
        let names: Vec<_> = columns.iter().map(|column| column.name()).collect();
        let row = |at: usize| {
            let parameters = (1..=columns.len()).map(|column| format!("${}", at * columns.len() + column));
            format!("({})", parameters.collect::<Vec<_>>().join(", "))
        };
        let rows: Vec<_> = (0..rows).map(row).collect();
        format!("INSERT INTO {} ({}) VALUES {}", self.name, names.join(", "), rows.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::Store;
    use crate::db::{Db, Sqlite};
    use crate::location::Location;

    #[tokio::test]
    async fn every_table_and_column_is_kept_or_left_out_for_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::folder(folder.path()), "history").await.unwrap();
        let Db::Sqlite(Sqlite { readers, .. }) = &store.db else { unreachable!() };
        let text = "SELECT tables.name, columns.name
            FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
            WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'";
        let rows: Vec<(String, String)> = sqlx::query_as(text).fetch_all(readers).await.unwrap();
        let mut there: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (table, column) in &rows {
            there.entry(table).or_default().insert(column);
        }
        let known: BTreeSet<_> =
            KEPT.iter().map(|table| table.name).chain(LEFT_OUT.iter().map(|(table, _)| *table)).collect();
        let tables: BTreeSet<_> = there.keys().copied().collect();
        assert_eq!(tables, known, "name each new table in KEPT, or in LEFT_OUT with the reason");
        for table in KEPT {
            let anew = NUMBERED_ANEW.iter().filter(|(name, _)| *name == table.name);
            let columns = table.columns.iter().map(|column| column.name());
            let known = columns.chain(anew.map(|(_, column)| *column)).collect();
            assert_eq!(there[table.name], known, "name each new column of `{}`", table.name);
        }
    }

    #[test]
    fn one_statement_inserts_several_rows() {
        let credential = table("credential").unwrap();
        assert_eq!(
            credential.insert(credential.columns, 2),
            "INSERT INTO credential (user_number, password_hash) VALUES ($1, $2), ($3, $4)"
        );
    }
}
