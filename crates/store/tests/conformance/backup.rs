//! A backup is everything that is worth keeping, of one moment, and either database is made from it.

use std::io::Cursor;

use governance::UserId;
use store::{
    AccessToken, Backup, Header, IdempotencyKey, JournalFilter, Moment, RefusalFilter, Refused, RestoreError,
    Revision, Session, Store, StoreError, With, history_id,
};

use crate::database::{Database, HISTORY};
use crate::story::{append_all, changes, entry, published};

const RESTORED: &str = "the history of what was restored";

async fn backed_up(store: &Store) -> Vec<u8> {
    let mut file = Vec::new();
    let written = store.backup(&mut file, "1.2.3", Moment::new(42), |_| {}).await.unwrap();
    assert_eq!(written.bytes, file.len() as u64);
    assert!(file.ends_with(format!("\nsha256 {}\n", written.sha256).as_bytes()));
    file
}

async fn restored(file: &[u8], into: &Database) -> Result<Header, RestoreError> {
    Backup::open(Cursor::new(file))?.restore(&into.location(), RESTORED, |_| {}).await
}

fn token() -> AccessToken {
    AccessToken {
        user: UserId::new(7),
        name: "pipeline".to_owned(),
        scopes: "read".to_owned(),
        created: Moment::new(1),
        expires: Moment::new(i64::MAX),
        last_used: None,
    }
}

/// Something in every table.
async fn filled(store: &Store) {
    append_all(store, &changes(9)).await;
    let revision = store.newest_revision().await.unwrap();
    let once = IdempotencyKey {
        key: "once".to_owned(),
        request_hash: "hash".to_owned(),
        answer: "answer".to_owned(),
    };
    store
        .append_with(revision, &entry(revision.next()), &[], With { once: Some(&once), ..With::default() })
        .await
        .unwrap();
    store.set_password_hash(UserId::new(3), "$argon2id$…").await.unwrap();
    store.add_access_token("token's hash", &token()).await.unwrap();
    let session = Session {
        user: UserId::new(3),
        created: Moment::new(1),
        last_used: Moment::new(1),
        expires: Moment::new(i64::MAX),
        address: None,
        registry: None,
    };
    store.add_session("session's hash", &session).await.unwrap();
    for at in [5, 6] {
        store.log_refusal(&refused(at)).await.unwrap();
    }
}

fn refused(at: i64) -> Refused {
    Refused {
        at: Moment::new(at),
        by: Some("zoë".to_owned()),
        address: None,
        what: "signing in".to_owned(),
        gate: "SIGN_IN".to_owned(),
    }
}

async fn comes_back(from: Database, into: Database) {
    let store = from.open().await;
    filled(&store).await;
    let before = store.load().await.unwrap();
    let file = backed_up(&store).await;
    let header = restored(&file, &into).await.unwrap();
    assert_eq!((header.history_id.as_str(), header.revision), (&*history_id(HISTORY), before.revision));
    assert_eq!((header.program.as_str(), header.at), ("1.2.3", Moment::new(42)));

    let again = into.open().await;
    let after = again.load().await.unwrap();
    assert!(after.organisation == before.organisation);
    assert_eq!((after.revision, after.history_id.as_str()), (before.revision, &*history_id(RESTORED)));
    let all = JournalFilter { limit: 1_000, ..JournalFilter::default() };
    assert_eq!(again.journal(&all).await.unwrap(), store.journal(&all).await.unwrap());
    for (number, expected) in (0..).zip(published(&changes(9))) {
        let past = again.as_of(&after.organisation, after.revision, Revision::new(number)).await.unwrap();
        assert!(past == expected, "at revision {number}");
    }
    let hash = again.password_hash(UserId::new(3)).await.unwrap();
    assert_eq!(hash.as_deref(), Some("$argon2id$…"));
    assert_eq!(again.access_token("token's hash").await.unwrap(), Some(token()));
    let refusals = again.refusals(&RefusalFilter::default()).await.unwrap().refusals;
    assert_eq!(refusals, [refused(6), refused(5)]);

    // What ends with a restoration.
    assert_eq!(again.session("session's hash").await.unwrap(), None);
    assert_eq!(again.idempotent(&entry(before.revision).by, "once").await.unwrap(), None);

    // It goes on as if nothing had been, and is backed up the same.
    again.log_refusal(&refused(7)).await.unwrap();
    assert_eq!(again.refusals(&RefusalFilter::default()).await.unwrap().refusals.len(), 3);
    let next = again.append(after.revision, &entry(after.revision.next()), &changes(9)[0][..0]).await;
    assert_eq!(next.unwrap(), after.revision.next());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_sqlite_comes_back_on_sqlite() {
    comes_back(Database::sqlite(), Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_sqlite_comes_back_on_postgresql() {
    comes_back(Database::sqlite(), Database::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_postgresql_comes_back_on_sqlite() {
    comes_back(Database::postgres().await, Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_postgresql_comes_back_on_postgresql() {
    comes_back(Database::postgres().await, Database::postgres().await).await;
}

async fn a_backup_taken_while_changes_are_made_is_of_one_moment(database: Database) {
    let [writer, reader] = database.two_writers().await;
    let import = sample::random_events(5);
    let changes: Vec<_> = (0..8).flat_map(|_| [import.clone(), crate::story::undone(&import)]).collect();
    let published = published(&changes);
    let writing = tokio::spawn(async move { append_all(&writer, &changes).await });
    let mut seen = 0;
    while !writing.is_finished() {
        let file = backed_up(&reader).await;
        let into = Database::sqlite();
        let header = restored(&file, &into).await.unwrap();
        let loaded = into.open().await.load().await.unwrap();
        assert_eq!(loaded.revision, header.revision);
        assert!(loaded.organisation == published[header.revision.number() as usize]);
        seen += 1;
    }
    writing.await.unwrap();
    assert!(seen > 0);
}

async fn only_an_empty_database_is_filled(database: Database) {
    let source = Database::sqlite();
    let store = source.open().await;
    filled(&store).await;
    let file = backed_up(&store).await;
    // One that was started once is not empty, nor is somebody else's.
    for tampering in [None, Some("CREATE TABLE moon (phase TEXT)")] {
        match tampering {
            None => database.open().await.close().await,
            Some(tampering) => {
                wiped(&database).await;
                database.tamper(tampering).await;
            }
        }
        let error = restored(&file, &database).await.unwrap_err();
        assert!(matches!(error, RestoreError::NotEmpty(_)), "{error}");
    }
    wiped(&database).await;
    restored(&file, &database).await.unwrap();
    assert_eq!(database.open().await.load().await.unwrap().history_id, history_id(RESTORED));
}

async fn wiped(database: &Database) {
    match database {
        Database::Sqlite(folder) => std::fs::remove_dir_all(folder.path().join("data")).unwrap(),
        Database::Postgres { .. } => {
            database.tamper("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await
        }
    }
}

async fn what_breaks_off_in_the_middle_leaves_an_empty_database(database: Database) {
    let source = Database::sqlite();
    let store = source.open().await;
    filled(&store).await;
    let file = backed_up(&store).await;
    let of_another_type =
        forged(&file, |text| text.replace("[\"pipeline\",", "[1,").replace("[3,\"", "[\"3\",\""));
    let too_few = forged(&file, |text| text.replacen("[\"user\",", "", 1));
    let twice = forged(&file, |text| {
        let row = text.lines().find(|line| line.contains("argon2id")).unwrap();
        text.replace(row, &format!("{row}\n{row}"))
    });
    let unknown = forged(&file, |text| text.replace("\"credential\"", "\"moon\""));
    for broken in [of_another_type, too_few, unknown] {
        let error = restored(&broken, &database).await.unwrap_err();
        assert!(matches!(error, RestoreError::Damaged(_)), "{error}");
    }
    let error = restored(&twice, &database).await.unwrap_err();
    assert!(matches!(error, RestoreError::Store(StoreError::Database { .. })), "{error}");
    restored(&file, &database).await.unwrap();
}

crate::on_each_database!(
    a_backup_taken_while_changes_are_made_is_of_one_moment,
    only_an_empty_database_is_filled,
    what_breaks_off_in_the_middle_leaves_an_empty_database,
);

/// The file with other lines in it, and a checksum that fits.
fn forged(file: &[u8], change: impl FnOnce(String) -> String) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let begin = file.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut text = String::new();
    flate2::read::GzDecoder::new(&file[begin..]).read_to_string(&mut text).unwrap();
    let mut forged = file[..begin].to_vec();
    let mut lines = flate2::write::GzEncoder::new(&mut forged, flate2::Compression::fast());
    lines.write_all(change(text).as_bytes()).unwrap();
    lines.finish().unwrap();
    signed(forged)
}

fn signed(mut file: Vec<u8>) -> Vec<u8> {
    use sha2::Digest as _;
    let sum: String = sha2::Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
    file.extend_from_slice(format!("\nsha256 {sum}\n").as_bytes());
    file
}

fn refused_as(file: &[u8]) -> String {
    Backup::open(Cursor::new(file)).map(drop).unwrap_err().to_string()
}

#[tokio::test]
async fn what_is_no_whole_backup_is_refused_before_anything_is_made() {
    let source = Database::sqlite();
    let store = source.open().await;
    filled(&store).await;
    let file = backed_up(&store).await;
    Backup::open(Cursor::new(&file)).unwrap();

    for foreign in [&b""[..], b"bailiwick: 1\n", b"\x1f\x8b\x08", b"{\"bailiwick_backu"] {
        assert!(refused_as(foreign).contains("no backup of Bailiwick"));
    }
    let header = file.iter().position(|byte| *byte == b'\n').unwrap();
    for length in [header - 1, header + 1, header + 80, file.len() / 2, file.len() - 74, file.len() - 1] {
        let said = refused_as(&file[..length]);
        assert!(said.contains("ends before its checksum"), "{length}: {said}");
    }
    let longer = [&file[..], b"\n"].concat();
    assert!(refused_as(&longer).contains("ends before its checksum"));
    let checksum = file.len() - 73;
    for at in (header - 20..checksum).step_by(997).chain([30, header, header + 1, checksum - 1]) {
        let mut altered = file.clone();
        altered[at] ^= 1;
        let said = refused_as(&altered);
        assert!(said.contains("its checksum differs"), "{at}: {said}");
    }
    for at in checksum..file.len() {
        let mut altered = file.clone();
        altered[at] ^= 1;
        let said = refused_as(&altered);
        assert!(said.contains("checksum"), "{at}: {said}");
    }
}

#[tokio::test]
async fn a_backup_of_a_newer_program_is_refused_by_its_version() {
    let source = Database::sqlite();
    let file = backed_up(&source.open().await).await;
    let begin = file.iter().position(|byte| *byte == b'\n').unwrap();
    let header = String::from_utf8(file[..begin].to_vec()).unwrap();
    let rest = &file[begin..file.len() - 73];
    for (old, new) in [("\"bailiwick_backup\":1", "\"bailiwick_backup\":2"), ("\"schema\":", "\"schema\":99")]
    {
        assert!(header.contains(old));
        let newer = signed([header.replacen(old, new, 1).as_bytes(), rest].concat());
        let said = refused_as(&newer);
        assert!(said.contains("written by version 1.2.3"), "{said}");
    }
}

/// Makes of each line of a backup, one after another, what it was in the first schema.
fn older() -> impl FnMut(&str) -> Option<String> {
    let mut columns = usize::MAX;
    move |line| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(table) = line.get_mut("table") {
            let name = table["name"].as_str().unwrap().to_owned();
            let known = table["columns"].as_array_mut().unwrap();
            known.retain(|it| !["hash", "impact", "salt", "personal"].contains(&it.as_str().unwrap()));
            columns = known.len();
            return (name != "access_token").then(|| format!("{line}\n"));
        }
        if let Some(row) = line.as_array_mut() {
            row.truncate(columns);
        }
        Some(format!("{line}\n"))
    }
}

/// Rows of an older schema are laid into the tables of their time, which are then brought up to date.
#[tokio::test]
async fn a_backup_of_an_older_program_is_brought_up_to_date() {
    let source = Database::sqlite();
    let store = source.open().await;
    append_all(&store, &changes(2)).await;
    let file = backed_up(&store).await;
    let begin = file.iter().position(|byte| *byte == b'\n').unwrap();
    let old = forged(&file, |text| text.lines().filter_map(older()).collect());
    let header = String::from_utf8(old[..begin].to_vec()).unwrap();
    let schema = header.find("\"schema\":").unwrap() + 9;
    let digits = header[schema..].find(',').unwrap();
    let header = format!("{}1{}", &header[..schema], &header[schema + digits..]);
    let old = signed([header.as_bytes(), &old[begin..old.len() - 73]].concat());
    let into = Database::sqlite();
    assert_eq!(restored(&old, &into).await.unwrap().schema, 1);
    let restored = into.open().await;
    assert!(restored.load().await.unwrap().organisation == store.load().await.unwrap().organisation);
    restored.add_access_token("hash", &token()).await.unwrap();
}
