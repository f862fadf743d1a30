//! The reverse questions in SQL, written by hand.

use anyhow::{Context as _, Result};
use governance::{Ask, Item, Question, UserId};

use super::query::{CONFIGURATION, Queries, Query, archived, granting_roles, licence};
use super::tables::Numbers;

impl Queries {
    /// Everyone who may perform one action on a configuration, as numbers of users.
    pub(crate) fn users(&mut self, numbers: &Numbers, question: &Question) -> Result<Query> {
        let Item::Configuration(id) = question.item else {
            anyhow::bail!("only configurations are modelled")
        };
        let (operation, action) = asked(numbers, &question.ask)?;
        let granting =
            granting_roles("(SELECT governing FROM item)", "(SELECT project_area FROM item)", "$4");
        let (licence, archived) = (licence(), archived("i.governing"));
        // The first number is nobody's: the fragments that speak of one user do not occur.
        let text = format!(
            "WITH item AS ({CONFIGURATION}), granting AS ({granting}),
            reader AS (
                SELECT m.user_id FROM item i JOIN area a ON a.project_area = i.project_area JOIN member m ON m.area = a.id
                UNION SELECT m.user_id FROM item i JOIN area a ON a.project_area = i.project_area
                    JOIN administrator m ON m.area = a.id),
            candidate AS (
                SELECT r.user_id FROM item i JOIN above b ON b.area = i.governing AND b.counts
                    JOIN member_role r ON r.area = b.ancestor JOIN granting g ON g.role = r.role
                UNION SELECT id FROM users WHERE jazz_admin AND (SELECT artefact_override FROM settings)
                UNION SELECT id FROM users WHERE project_admin AND (SELECT artefact_override FROM settings)
                    AND (SELECT reached FROM action WHERE id = $4)
                UNION SELECT u.id FROM users u WHERE EXISTS (SELECT 1 FROM granting g WHERE g.role = 0))
            SELECT u.id FROM item i CROSS JOIN area p CROSS JOIN candidate c CROSS JOIN users u
            WHERE p.id = i.project_area AND u.id = c.user_id AND u.id <> $1 AND u.active AND u.writer AND NOT i.archived AND NOT {archived} AND {licence}
                AND (u.jazz_admin OR p.access = 0
                    OR p.access IN (2, 3) AND EXISTS (SELECT 1 FROM reader r WHERE r.user_id = u.id)
                    OR p.access IN (3, 4) AND EXISTS (SELECT 1 FROM access_list l
                        WHERE l.user_id = u.id AND l.project_area = p.id))"
        );
        Ok(Query { text: self.text(text), numbers: vec![-1, id.number() as i32, operation, action] })
    }

    /// Every component, or configuration of a kind, on which a user may perform one action.
    pub(crate) fn items(&mut self, numbers: &Numbers, user: UserId, ask: &Ask) -> Result<Query> {
        let Ask::Perform(saved, ..) = ask else { anyhow::bail!("only changes are modelled") };
        let (operation, action) = asked(numbers, ask)?;
        let kind = match saved.name() {
            "gc.save-component" => -1,
            "gc.save-stream" => 0,
            "gc.save-baseline" => 1,
            "gc.save-staging-stream" => 2,
            other => anyhow::bail!("`{other}` is not modelled"),
        };
        let (licence, archived) = (licence(), archived("m.area"));
        let areas = format!(
            "WITH standing AS (
                SELECT a.project_area FROM member m JOIN area a ON a.id = m.area WHERE m.user_id = $1
                UNION SELECT a.project_area FROM administrator m JOIN area a ON a.id = m.area WHERE m.user_id = $1),
            counted AS (
                SELECT b.area, r.role FROM member_role r CROSS JOIN above b
                    WHERE r.user_id = $1 AND b.ancestor = r.area AND b.counts
                UNION SELECT b.area, 0 FROM entry e JOIN above b ON b.ancestor = e.area
                    WHERE e.role = 0 AND e.operation = $3),
            winner AS (SELECT v.area, v.id, ROW_NUMBER() OVER (PARTITION BY v.area, v.role ORDER BY v.final DESC,
                    CASE WHEN v.final THEN -v.distance ELSE v.distance END) AS place
                FROM (SELECT c.area, e.id, e.role, e.final, b.distance,
                        ROW_NUMBER() OVER (PARTITION BY c.area, e.role, e.area ORDER BY s.rank) AS place
                    FROM counted c CROSS JOIN area a CROSS JOIN above b CROSS JOIN entry e CROSS JOIN current_slot s
                    WHERE a.id = c.area AND b.area = c.area
                        AND e.area = b.ancestor AND e.operation = $3 AND e.role = c.role
                        AND s.project_area = a.project_area AND s.slot = e.slot) v
                WHERE v.place = 1),
            may AS (SELECT w.area FROM winner w JOIN entry_action g ON g.entry = w.id AND g.action = $4
                    WHERE w.place = 1
                UNION SELECT a.id FROM users u JOIN settings s ON s.artefact_override CROSS JOIN area a
                    WHERE u.id = $1 AND (u.jazz_admin OR u.project_admin
                        AND EXISTS (SELECT 1 FROM action x WHERE x.id = $4 AND x.reached))),
            governing AS (SELECT m.area FROM users u CROSS JOIN may m CROSS JOIN area a CROSS JOIN area p
                WHERE u.id = $1 AND a.id = m.area AND p.id = a.project_area AND u.active AND u.writer AND {licence} AND NOT {archived} AND (u.jazz_admin OR p.access = 0
                    OR p.access IN (2, 3) AND p.id IN (SELECT project_area FROM standing)
                    OR p.access IN (3, 4) AND EXISTS (SELECT 1 FROM access_list l
                        WHERE l.user_id = $1 AND l.project_area = p.id)))"
        );
        let text = if kind < 0 {
            format!(
                "{areas} SELECT k.id FROM governing m CROSS JOIN component k
                WHERE k.home = m.area AND NOT k.archived AND $2 < 0"
            )
        } else {
            format!(
                "{areas} SELECT c.id FROM governing m CROSS JOIN configuration c CROSS JOIN component k
                    WHERE c.team_area = m.area AND c.setting = 2 AND c.kind = $2 AND NOT c.archived
                        AND k.id = c.component AND NOT k.archived
                UNION ALL SELECT c.id FROM governing m CROSS JOIN component k CROSS JOIN configuration c
                    WHERE k.home = m.area AND NOT k.archived
                        AND c.component = k.id AND c.setting = 0 AND c.kind = $2 AND NOT c.archived
                UNION ALL SELECT c.id FROM governing m CROSS JOIN component k CROSS JOIN configuration c
                    WHERE k.project_area = m.area AND NOT k.archived
                        AND c.component = k.id AND c.setting = 1 AND c.kind = $2 AND NOT c.archived"
            )
        };
        let numbers = vec![user.number() as i32, kind, operation, action];
        Ok(Query { text: self.text(text), numbers })
    }
}

fn asked(numbers: &Numbers, ask: &Ask) -> Result<(i32, i32)> {
    let Ask::Perform(operation, actions, _) = ask else { anyhow::bail!("only changes are modelled") };
    let action = actions.first().filter(|_| actions.len() == 1).context("one action is modelled")?;
    Ok((numbers.operation(*operation)?, numbers.action(*operation, action.leaf.path())?))
}
