//! The queries, written by hand, the same text for both databases.
//!
//! Generous to SQL: the forest of areas comes with a closure table (`above`) that already knows where role
//! assignments stop counting, and the slots that hold now are rows. Everything is a number.
//! `CROSS JOIN` is how one tells SQLite in which order to join.

use std::fmt::Write as _;

use anyhow::{Result, bail, ensure};
use governance::{Ask, Item, OperationId, Question, With};

use super::tables::Numbers;

pub(crate) const SCHEMA: [&str; 16] = [
    "CREATE TABLE action (id INTEGER PRIMARY KEY, reached BOOLEAN NOT NULL)",
    "CREATE TABLE unlocks (operation INTEGER, licence INTEGER, PRIMARY KEY (operation, licence))",
    "CREATE TABLE leasable (licence INTEGER PRIMARY KEY)",
    "CREATE TABLE settings (artefact_override BOOLEAN NOT NULL)",
    "CREATE TABLE users (id INTEGER PRIMARY KEY, active BOOLEAN NOT NULL, writer BOOLEAN NOT NULL,
        jazz_admin BOOLEAN NOT NULL, project_admin BOOLEAN NOT NULL)",
    "CREATE TABLE user_licence (user_id INTEGER, licence INTEGER, PRIMARY KEY (user_id, licence))",
    "CREATE TABLE member (area INTEGER, user_id INTEGER, PRIMARY KEY (user_id, area))",
    "CREATE TABLE member_role (area INTEGER, user_id INTEGER, role INTEGER, PRIMARY KEY (user_id, area, role))",
    "CREATE TABLE administrator (area INTEGER, user_id INTEGER, PRIMARY KEY (user_id, area))",
    "CREATE TABLE access_list (project_area INTEGER, user_id INTEGER, PRIMARY KEY (user_id, project_area))",
    "CREATE TABLE area (id INTEGER PRIMARY KEY, project_area INTEGER NOT NULL, access INTEGER NOT NULL,
        archived BOOLEAN NOT NULL)",
    "CREATE TABLE above (area INTEGER, ancestor INTEGER, distance INTEGER NOT NULL, counts BOOLEAN NOT NULL,
        PRIMARY KEY (area, ancestor))",
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, area INTEGER NOT NULL, role INTEGER NOT NULL,
        operation INTEGER NOT NULL, slot INTEGER NOT NULL, final BOOLEAN NOT NULL)",
    "CREATE TABLE entry_action (entry INTEGER, action INTEGER, PRIMARY KEY (entry, action))",
    "CREATE TABLE current_slot (project_area INTEGER, slot INTEGER, rank INTEGER NOT NULL,
        PRIMARY KEY (project_area, slot))",
    "CREATE TABLE component (id INTEGER PRIMARY KEY, project_area INTEGER NOT NULL, team_area INTEGER,
        home INTEGER NOT NULL, archived BOOLEAN NOT NULL)",
];
/// After the rows.
pub(crate) const INDEXES: [&str; 13] = [
    "CREATE INDEX entry_of ON entry (area, operation, role, slot)",
    "CREATE INDEX entry_everyone ON entry (role, operation)",
    "CREATE INDEX role_of ON member_role (area, role)",
    "CREATE INDEX member_of ON member (area)",
    "CREATE INDEX administrator_of ON administrator (area)",
    "CREATE INDEX area_of ON area (project_area)",
    "CREATE INDEX below ON above (ancestor)",
    "CREATE INDEX admins ON users (jazz_admin)",
    "CREATE INDEX project_admins ON users (project_admin)",
    "CREATE INDEX component_home ON component (home)",
    "CREATE INDEX component_project ON component (project_area)",
    "CREATE INDEX configuration_component ON configuration (component, setting, kind)",
    "CREATE INDEX configuration_team ON configuration (team_area, setting, kind)",
];
pub(crate) const CONFIGURATIONS: &str = "CREATE TABLE configuration (id INTEGER PRIMARY KEY,
    component INTEGER NOT NULL, kind INTEGER NOT NULL, setting INTEGER NOT NULL, team_area INTEGER, owner INTEGER,
    archived BOOLEAN NOT NULL)";

pub(crate) const CONTRIBUTIONS: &str =
    "CREATE TABLE contribution (parent INTEGER NOT NULL, place INTEGER NOT NULL,
    child INTEGER NOT NULL, PRIMARY KEY (parent, place))";

/// What a baseline of a stream comes to, row by row.
pub(crate) const BASELINE_TABLES: [&str; 2] = [
    "CREATE TABLE kept_baseline (id INTEGER PRIMARY KEY, component INTEGER NOT NULL, source INTEGER NOT NULL)",
    "CREATE TABLE kept_contribution (parent INTEGER NOT NULL, place INTEGER NOT NULL, child INTEGER NOT NULL,
        PRIMARY KEY (parent, place))",
];
pub(crate) const KEEP_BASELINE: &str =
    "INSERT INTO kept_baseline (id, component, source) VALUES ($1, $2, $3)";
pub(crate) const KEEP_CONTRIBUTION: &str =
    "INSERT INTO kept_contribution (parent, place, child) VALUES ($1, $2, $3)";

/// The configurations of the hierarchy of one, each once.
pub(crate) const HIERARCHY: &str = "WITH RECURSIVE h(id) AS (
        SELECT CAST($1 AS INTEGER) UNION SELECT c.child FROM h JOIN contribution c ON c.parent = h.id)
    SELECT id FROM h";

/// A statement with its numbers; the text is one of a few, and prepared.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) text: &'static str,
    pub(crate) numbers: Vec<i32>,
}

/// The statements' texts.
#[derive(Default)]
pub(crate) struct Queries {
    texts: std::collections::HashMap<String, &'static str>,
}

impl Queries {
    /// The query that answers a question with one boolean.
    pub(crate) fn check(&mut self, numbers: &Numbers, question: &Question) -> Result<Query> {
        let user = question.user.map_or(-1, |id| id.number() as i32);
        let (item, id) = match question.item {
            Item::Configuration(id) => (CONFIGURATION, id.number()),
            Item::Component(id) => (COMPONENT, id.number()),
            Item::Area(id) => (AREA, id.number()),
            other => bail!("{other:?} is not modelled"),
        };
        let mut values = vec![user, id as i32];
        let text = match &question.ask {
            Ask::Read | Ask::SetContext => read(item),
            Ask::Repository(_) => bail!("repository operations are not modelled"),
            Ask::Perform(operation, actions, with) => {
                values.push(numbers.operation(*operation)?);
                for action in actions {
                    ensure!(action.identifier.is_none(), "identifiers are not modelled");
                    ensure!(!action.leaf.is_team_area(), "the team area override is not modelled");
                    values.push(numbers.action(*operation, action.leaf.path())?);
                }
                let besides = match with {
                    With::Replacement { old: Some(old), new: Some(new) } => {
                        values.extend([old.number() as i32, new.number() as i32]);
                        Besides::Replacement
                    }
                    With::Nothing | With::Replacement { .. }
                        if operation.name() == "gc.save-personal-stream" =>
                    {
                        values.push(numbers.action(*operation, "manage-others")?);
                        Besides::ManageOthers
                    }
                    With::Nothing | With::Replacement { .. } => Besides::Nothing,
                    With::NewParent(_) => bail!("moves are not modelled"),
                };
                perform(item, *operation, actions.len(), besides)
            }
        };
        Ok(Query { text: self.text(text), numbers: values })
    }

    /// The text, once for all questions that have it in common.
    pub(crate) fn text(&mut self, text: String) -> &'static str {
        let leak = |text: &String| -> &'static str { Box::leak(text.clone().into_boxed_str()) };
        self.texts.entry(text).or_insert_with_key(leak)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Besides {
    Nothing,
    /// The two sides of a replacement: the last two numbers.
    Replacement,
    /// The action that lets people modify others' personal streams: the last number.
    ManageOthers,
}

pub(super) const CONFIGURATION: &str = "SELECT c.archived OR k.archived AS archived, k.project_area, c.owner,
    CASE c.setting WHEN 0 THEN k.home WHEN 1 THEN k.project_area ELSE c.team_area END
        AS governing
    FROM configuration c JOIN component k ON k.id = c.component WHERE c.id = $2";
const COMPONENT: &str = "SELECT archived, project_area, NULL AS owner,
    home AS governing FROM component WHERE id = $2";
const AREA: &str = "SELECT archived, project_area, NULL AS owner, id AS governing FROM area WHERE id = $2";

fn read(item: &str) -> String {
    let visible = visible();
    format!(
        "WITH item AS ({item}) SELECT EXISTS (SELECT 1 FROM item JOIN users u ON u.id = $1
        JOIN area p ON p.id = item.project_area WHERE u.active AND {visible})"
    )
}

fn perform(item: &str, operation: OperationId, actions: usize, besides: Besides) -> String {
    let (visible, archived) = (visible(), archived("item.governing"));
    let mut text = format!(
        "WITH item AS ({item}) SELECT EXISTS (SELECT 1 FROM item JOIN users u ON u.id = $1
        JOIN area p ON p.id = item.project_area
        WHERE u.active AND u.writer AND {visible} AND NOT item.archived AND NOT {archived}"
    );
    if !operation.is_process() {
        let _ = write!(text, " AND {}", licence());
    }
    let every = (0..actions).map(|at| {
        let action = format!("${}", 4 + at);
        let mut granted = granted("item.governing", "p.id", &action);
        if besides == Besides::ManageOthers {
            let others = self::granted("item.governing", "p.id", &format!("${}", 4 + actions));
            granted = format!("{granted} AND (item.owner IS NULL OR item.owner = $1 OR {others})");
        }
        format!("({granted} OR {})", overridden(operation, &action))
    });
    let mut every = every.collect::<Vec<_>>().join(" AND ");
    if besides == Besides::Replacement {
        let _ = write!(every, " OR {}", second_path());
    }
    let _ = write!(text, " AND ({every}))");
    text
}

/// Of `u` and `p`.
fn visible() -> &'static str {
    "(u.jazz_admin OR p.access = 0
        OR p.access IN (2, 3) AND (
            EXISTS (SELECT 1 FROM member m JOIN area a ON a.id = m.area
                WHERE m.user_id = u.id AND a.project_area = p.id)
            OR EXISTS (SELECT 1 FROM administrator m JOIN area a ON a.id = m.area
                WHERE m.user_id = u.id AND a.project_area = p.id))
        OR p.access IN (3, 4) AND EXISTS (SELECT 1 FROM access_list l
            WHERE l.user_id = u.id AND l.project_area = p.id))"
}

/// Of `u` and operation $3.
pub(super) fn licence() -> &'static str {
    "(EXISTS (SELECT 1 FROM unlocks l JOIN leasable h ON h.licence = l.licence WHERE l.operation = $3)
        OR EXISTS (SELECT 1 FROM user_licence h JOIN unlocks l ON l.operation = $3 AND l.licence = h.licence
            WHERE h.user_id = u.id))"
}

pub(super) fn archived(area: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM above b JOIN area x ON x.id = b.ancestor WHERE b.area = {area} AND x.archived)"
    )
}

/// Whether the entries in force in an area grant an action to a role of user $1 that counts there: for each
/// role, of each area the entry in the most specific slot, of these the topmost final one, else the nearest.
fn granted(area: &str, project: &str, action: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM (SELECT 0 AS role UNION ALL SELECT m.role FROM above h
                JOIN member_role m ON m.area = h.ancestor AND m.user_id = $1 WHERE h.area = {area} AND h.counts) r
            WHERE EXISTS (SELECT 1 FROM entry_action g WHERE g.action = {action} AND g.entry = (
                SELECT e.id FROM above b CROSS JOIN entry e CROSS JOIN current_slot s
                WHERE b.area = {area} AND e.area = b.ancestor AND e.operation = $3 AND e.role = r.role
                    AND s.project_area = {project} AND s.slot = e.slot
                    AND NOT EXISTS (SELECT 1 FROM entry f CROSS JOIN current_slot t
                        WHERE f.area = e.area AND f.operation = $3 AND f.role = r.role
                            AND t.project_area = {project} AND t.slot = f.slot AND t.rank < s.rank)
                ORDER BY e.final DESC, CASE WHEN e.final THEN -b.distance ELSE b.distance END LIMIT 1)))"
    )
}

/// All roles to which the entries in force in an area grant an action.
pub(super) fn granting_roles(area: &str, project: &str, action: &str) -> String {
    format!(
        "SELECT w.role FROM (SELECT v.id, v.role, ROW_NUMBER() OVER (PARTITION BY v.role ORDER BY v.final DESC,
                CASE WHEN v.final THEN -v.distance ELSE v.distance END) AS place
            FROM (SELECT e.id, e.role, e.final, b.distance,
                    ROW_NUMBER() OVER (PARTITION BY e.role, e.area ORDER BY s.rank) AS place
                FROM above b CROSS JOIN entry e CROSS JOIN current_slot s
                WHERE b.area = {area} AND e.area = b.ancestor AND e.operation = $3
                    AND s.project_area = {project} AND s.slot = e.slot) v
            WHERE v.place = 1) w
        JOIN entry_action g ON g.entry = w.id AND g.action = {action} WHERE w.place = 1"
    )
}

fn overridden(operation: OperationId, action: &str) -> String {
    if operation.is_process() {
        return "u.jazz_admin OR u.project_admin OR EXISTS (SELECT 1 FROM above b JOIN administrator m
            ON m.area = b.ancestor AND m.user_id = u.id WHERE b.area = item.governing)"
            .to_owned();
    }
    format!(
        "(u.jazz_admin OR u.project_admin AND EXISTS (SELECT 1 FROM action x WHERE x.id = {action} AND x.reached))
            AND EXISTS (SELECT 1 FROM settings x WHERE x.artefact_override)"
    )
}

fn second_path() -> String {
    let side = |it: &str| format!("CASE {it}.setting WHEN 0 THEN k.team_area WHEN 2 THEN {it}.team_area END");
    let (old, new) = (side("o"), side("n"));
    let granted = granted("y.team", "y.project_area", "$4");
    format!(
        "EXISTS (SELECT 1 FROM (SELECT {old} AS team, k.project_area FROM configuration o
            JOIN component k ON k.id = o.component JOIN configuration n ON n.component = k.id
            WHERE o.id = $5 AND n.id = $6 AND {old} = {new}) y WHERE {granted})"
    )
}
